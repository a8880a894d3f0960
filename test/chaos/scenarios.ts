import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './call.ts';
import { comment, type Place, type PlaceOptions, requestsOf, untilQuiet } from './place.ts';
import type { Stack } from './stack.ts';

/** Something that a person does, small, with the same calls each time. */
export type Scenario = Readonly<{
  name: string;
  place: PlaceOptions;
  /** What happened before; nothing of it is disturbed. */
  before?: (stack: Stack, place: Place) => Promise<void>;
  /** What the person does. */
  ask: (stack: Stack, place: Place) => Promise<void>;
  /** Requests that there have to be in the end, those of `before` included. */
  requests: number;
  /** States that the jobs of the last request may end in when nothing but the process is disturbed. */
  ends: readonly (readonly string[])[];
}>;

/** One repository, one file, one pull request: the smallest request that does everything once. */
export const edit: Scenario = {
  name: 'edit',
  place: {},
  ask: async (_, place) => void (await comment(place, '/cody script:edit Add a greeting.')),
  requests: 1,
  ends: [['pull_request']],
};

/** A question, whose answer changes nothing. */
export const answer: Scenario = {
  name: 'answer',
  place: {},
  ask: async (_, place) => void (await comment(place, '/cody script:answer Is there a greeting?')),
  requests: 1,
  ends: [['answered']],
};

/** A second prompt on the pull request that the first one led to. */
export const iterate: Scenario = {
  name: 'iterate',
  place: {},
  before: async (stack, place) => {
    await comment(place, '/cody script:edit Add a greeting.');
    const open = await untilQuiet(stack, place, { timeoutMs: 200_000, asked: 1 });
    if (open.length > 0) throw new Error(`The first request does not end: ${open.join(', ')}`);
  },
  ask: async (stack, place) => {
    const [first] = await requestsOf(stack, place);
    const number = first?.jobs[0]?.pull_request?.number;
    if (number === undefined) throw new Error('The first request has no pull request');
    await comment(place, '/cody script:again Greet twice.', number);
  },
  requests: 2,
  ends: [['pull_request']],
};

const cody = `verify:
  - test -f greeting.txt
`;

/** Two repositories, a verification, and one of the two is cancelled while its agent works. */
export const two: Scenario = {
  name: 'two',
  place: { repositories: 2, files: { 'README.md': '# App\n', '.github/cody.yml': cody } },
  ask: async (stack, place) => {
    const targets = place.repositories.map(({ name }) => `--repo ${place.owner}/${name}`).join(' ');
    await comment(place, `/cody ${targets} script:long Add a greeting.`);
    await untilCalled(stack, ({ job, service, nth }) => job === 2 && service === 's3' && nth > 0);
    await comment(place, `/cody cancel ${place.owner}/app-2`);
  },
  requests: 1,
  // Whoever is quick has published before the cancel is read.
  ends: [['pull_request'], ['cancelled', 'pull_request']],
};

/** A plan, which changes nothing and waits for its approval. */
export const plan: Scenario = {
  name: 'plan',
  place: {},
  ask: async (_, place) =>
    void (await comment(place, '/cody --plan script:answer What would a greeting take?')),
  requests: 1,
  ends: [['planned']],
};

/** Resolves when such a call has been made, or after half a minute: then the case goes on without it. */
async function untilCalled(stack: Stack, is: (call: Call) => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (Date.now() < end && !stack.gate.calls().some(is)) await sleep(20);
}

export const scenarios = { edit, answer, iterate, two, plan } as const satisfies Readonly<
  Record<string, Scenario>
>;
