import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import {
  botComments,
  cloneAndTest,
  ending,
  fixPrompt,
  type Place,
  reply,
  type Running,
  startRunning,
  until,
  view,
} from '../support/e2e.ts';
import { seedFiles } from '../support/seed-files.ts';

/* A person asks to go on with what a limit or a cancel has stopped. */

// A whole product runs here; a busy machine must not fail it.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let stack: Running;

beforeAll(async () => {
  stack = await startRunning();
});
afterAll(() => stack?.close());

async function ended(place: Place, body: string): Promise<string> {
  const end = await ending(stack, await stack.comment(place, body));
  if (end.type !== 'closed') throw new Error(end.comments.map((one) => one.body).join('\n'));
  return end.requestId;
}

/** Holds while nothing of what the agent edits is in the work tree. */
const setup = '! grep -rq Math.floor src';

/** Cancels a fix in the repository once the agent has made its first edit. */
async function cancelAfterEdit(name: string): Promise<Place> {
  const config = `setup:\n  - '${setup}'\n`;
  const files = { ...(await seedFiles('web-app')), '.github/cody.yml': config };
  await stack.repository({ name, files });
  const place = { name, issue: stack.issue(name) };
  let waiting = false;
  stack.model?.faults.add({
    type: 'stall',
    pings: true,
    pingEveryMs: 200,
    when: ({ body }) => {
      const text = JSON.stringify(z.object({ messages: z.unknown() }).parse(body));
      waiting ||= text.includes(`acme/${name}`) && text.includes('"name":"edit"');
      return waiting;
    },
  });
  const asked = await stack.comment(place, `/cody ${fixPrompt}`);
  await until('the agent has made an edit', () => waiting);
  await stack.comment(place, '/cody cancel');
  await ending(stack, asked);
  stack.model?.faults.clear();
  return place;
}

const Sha = z.object({ sha: z.string() });
const Ref = z.object({ object: Sha });

/** Sets the limit of turns in the settings on the default branch of the repository `limited`. */
async function limitTurns(turns: number): Promise<void> {
  const git = 'repos/acme/limited/git';
  const { object } = await stack.requester.get(`${git}/ref/heads/main`, Ref);
  const content = `limits:\n  turns: ${turns}\n`;
  const file = { path: '.github/cody.yml', mode: '100644', type: 'blob', content };
  const tree = await stack.requester.post(
    `${git}/trees`,
    { base_tree: object.sha, tree: [file] },
    Sha,
  );
  const message = 'Limit the turns';
  const commit = await stack.requester.post(
    `${git}/commits`,
    { message, tree: tree.sha, parents: [object.sha] },
    Sha,
  );
  await fetch(new URL(`${git}/refs/heads/main`, `${stack.github.url}/`), {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${stack.github.userToken('requester')}`,
      'content-type': 'application/json',
      'user-agent': 'a-person',
    },
    body: JSON.stringify({ sha: commit.sha }),
  });
}

it('a cancelled request goes on from the work tree that it left', async () => {
  const place = await cancelAfterEdit('cancelled');
  expect((await view(stack, 'cancelled')).pulls).toEqual([]);
  const before = stack.model?.requests().length ?? 0;

  const requestId = await ended(place, '/cody continue');

  const [opened, ...more] = (await view(stack, 'cancelled')).pulls;
  expect(more).toEqual([]);
  expect(opened?.pull.head.ref).toContain(requestId);
  const branch = opened?.pull.head.ref ?? '';
  const { tests } = await cloneAndTest(stack, { name: 'cancelled', branch });
  expect(tests.exitCode).toBe(0);
  const later = (stack.model?.requests() ?? []).slice(before).map(({ body }) => body);
  const first = JSON.stringify(later.find((body) => body !== null));
  expect(first).toContain('was stopped before its end');
  expect(first).toContain('/workspace/logs/earlier/');
  // Set-up has the network: it ran before the work of the earlier agent was there again.
  expect(first).toContain(`\`${setup}\` ended with exit code 0`);
});

it('a request that met its limit of turns goes on in its pull request', async () => {
  await stack.broken('limited', 'web-app');
  await limitTurns(5);
  const place = { name: 'limited', issue: stack.issue('limited') };
  const firstId = await ended(place, `/cody ${fixPrompt}`);
  const [draft] = (await view(stack, 'limited')).pulls;
  expect(draft?.pull).toMatchObject({ state: 'open', draft: true });
  expect((await botComments(stack, place)).at(-1)?.body).toContain('`/cody continue`');

  await limitTurns(40);
  const onPull = { name: 'limited', issue: draft?.pull.number ?? 0 };
  const secondId = await ended(onPull, '/cody continue');

  expect(secondId).not.toBe(firstId);
  const { pulls } = await view(stack, 'limited');
  expect(pulls.map(({ pull }) => pull.number)).toEqual([draft?.pull.number]);
  expect(pulls[0]?.pull.head.sha).not.toBe(draft?.pull.head.sha);
  const branch = draft?.pull.head.ref ?? '';
  const { tests } = await cloneAndTest(stack, { name: 'limited', branch });
  expect(tests.exitCode).toBe(0);

  // The settings were pushed to the default branch meanwhile.
  await ended(onPull, '/cody rebase');
  const [rebased, ...more] = (await view(stack, 'limited')).pulls;
  expect(more).toEqual([]);
  const main = await stack.requester.get('repos/acme/limited/git/ref/heads/main', Ref);
  const commit = `repos/acme/limited/git/commits/${rebased?.pull.head.sha}`;
  const { parents } = await stack.requester.get(commit, z.object({ parents: z.array(Sha) }));
  expect(parents.map(({ sha }) => sha)).toEqual([pulls[0]?.pull.head.sha, main.object.sha]);
  expect((await cloneAndTest(stack, { name: 'limited', branch })).tests.exitCode).toBe(0);
  const again = await reply(stack, await stack.comment(onPull, '/cody rebase'));
  expect(again).toContain('contains all of `main` already');
});

it('a plan changes nothing, and is carried out once it is approved', async () => {
  await stack.broken('planned', 'web-app');
  const place = { name: 'planned', issue: stack.issue('planned') };
  const Refs = z.array(z.object({ ref: z.string(), object: Sha }));
  const refs = () => stack.requester.get('repos/acme/planned/git/matching-refs/heads/', Refs);
  const main = await refs();
  const planId = await ended(place, `/cody --plan ${fixPrompt}`);

  expect(await refs()).toEqual(main);
  const { pulls: none, checkRuns } = await view(stack, 'planned');
  expect(none).toEqual([]);
  expect(checkRuns.map(({ name, conclusion }) => `${name} ${conclusion}`)).toEqual([
    'Cody neutral',
  ]);
  const plan = (await botComments(stack, place)).at(-1)?.body ?? '';
  expect(plan).toContain('The plan is below.');
  expect(plan).toContain('`src/format/duration.ts`: the lines that the failing tests point at');
  expect(plan).toContain(`/cody approve ${planId}`);
  const before = stack.model?.requests().length ?? 0;

  const requestId = await ended(place, `/cody approve ${planId}`);

  const [opened, ...more] = (await view(stack, 'planned')).pulls;
  expect(more).toEqual([]);
  const branch = opened?.pull.head.ref ?? '';
  expect(branch).toContain(requestId);
  expect((await cloneAndTest(stack, { name: 'planned', branch })).tests.exitCode).toBe(0);
  const later = (stack.model?.requests() ?? []).slice(before).map(({ body }) => body);
  const first = JSON.stringify(later.find((body) => body !== null));
  expect(first).toContain('<approved_plan>');
  expect(first).toContain('carry out exactly that plan');
  const again = await reply(stack, await stack.comment(place, `/cody approve ${planId}`));
  expect(again).toContain(`taken up by request \`${requestId}\` already`);
});

it('the stand-in saw only what GitHub describes', () => {
  expect(stack.github.violations()).toEqual([]);
});
