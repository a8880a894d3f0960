import { setTimeout as sleep } from 'node:timers/promises';
import { type CallRequest, pass, type Verdict } from '../call.ts';
import type { Facts } from '../facts.ts';
import type { Case, Family } from '../family.ts';
import { htmlAnswer, jsonAnswer } from '../faults/answers.ts';
import type { Violation } from '../invariants.ts';
import {
  isMessage,
  playTricks,
  putMessage,
  taken,
  type Trick,
  type Tricks,
  underNewGuid,
} from '../message-tricks.ts';
import { comment, type Place, untilQuiet } from '../place.ts';
import { play } from '../play.ts';
import { type Scenario, scenarios } from '../scenarios.ts';
import { seeded } from '../seeded.ts';
import type { Stack } from '../stack.ts';

const { edit, answer } = scenarios;

/** Messages that come twice, late, in another order, never, after the end, or make no sense. */
export const messages: Family = {
  name: 'messages',
  cases: async ({ mode, seed, reference }) => {
    const { calls } = await reference(edit);
    const names = [
      ...new Set(calls.filter(isMessage).map(({ from, name }) => `${from} ${name}`)),
    ].toSorted();
    const all = [
      ...names.flatMap(ofOneName),
      ...Array.from({ length: 8 }, (_, round) => shuffled(seed, round)),
      ...onAll,
      ...late,
      handledAgain,
      ...again,
      ...people,
      ...nonsense,
      ...dead,
    ];
    if (mode === 'full') return all;
    const quick = all.filter(({ id }) => !slowOnes.some((part) => id.includes(part)));
    return seeded(seed, 'messages').shuffle(quick).slice(0, 12);
  },
};

/** Their waits are those of a queue. */
const slowOnes = ['/dead/', '/visibility/'];

type Ending = Readonly<{
  /** After everything came to its end for the first time. */
  afterwards?: (stack: Stack, place: Place, tricks: Tricks) => Promise<void>;
  scenario?: Scenario;
  /** A trick that nobody met fails the case. */
  mayMiss?: true;
}>;

/** A case that plays a trick on messages. */
function tricky(id: string, makeTrick: () => Trick, options: Ending = {}): Case {
  const { afterwards, scenario = edit, mayMiss } = options;
  return {
    id: `messages/${id}`.replaceAll(' ', '_'),
    run: async (stack) => {
      const tricks = playTricks(stack, makeTrick());
      const during = async (stack: Stack, place: Place) => {
        await quiet(stack, place, { tricks, scenario });
        if (!afterwards) return;
        await afterwards(stack, place, tricks);
        await quiet(stack, place, { tricks, scenario });
      };
      const { interposer } = tricks;
      const { violations } = await play(stack, scenario, { interposer, during });
      if (tricks.played() === 0 && !mayMiss) throw new Error('The trick was never played');
      return violations;
    },
  };
}

type Quiet = Readonly<{ tricks: Tricks; scenario: Scenario }>;

/** Waits until no message is held back and nothing is under way. */
async function quiet(stack: Stack, place: Place, { tricks, scenario }: Quiet): Promise<void> {
  for (let round = 1; round <= 4; round += 1) {
    const before = tricks.played();
    await untilQuiet(stack, place, { timeoutMs: 60_000, asked: scenario.requests });
    await tricks.delivered();
    if (tricks.played() === before) return;
  }
}

/** SQS may lose nothing that it took, but whoever sends may end before: the sweep has to do without these. */
const hints = [' report', ' job', ' wake'];

/** The message comes again after each of the waits, in ms. */
function more(waits: readonly number[]): Trick {
  return ({ request }, post) => {
    for (const wait of waits) post(request, wait);
    // As it would pass, but counted as a trick.
    return { type: 'delay', ms: 0 };
  };
}

function ofOneName(name: string): Case[] {
  const only =
    (trick: Trick): (() => Trick) =>
    () => {
      let done = false;
      return (call, post) => {
        if (done || `${call.from} ${call.name}` !== name) return undefined;
        done = true;
        return trick(call, post);
      };
    };
  const isWebhook = !hints.some((hint) => name.endsWith(hint)) && !name.endsWith('prompts_check');
  return [
    tricky(`twice/${name}`, only(more([0]))),
    tricky(`thrice, late/${name}`, only(more([700, 3_000]))),
    tricky(
      `late/${name}`,
      only((call, post) => {
        post(call.request, 3_000);
        return taken(call);
      }),
    ),
    ...(hints.some((hint) => name.endsWith(hint)) ? [tricky(`dropped/${name}`, only(taken))] : []),
    ...(isWebhook
      ? [
          tricky(
            `new GUID/${name}`,
            only(({ request }, post) => {
              post(underNewGuid(request), 0);
              post(underNewGuid(request), 2_000);
              return { type: 'delay', ms: 0 };
            }),
          ),
        ]
      : []),
  ];
}

/** Every message is held for a while of its own, and some come twice. */
function shuffled(seed: number, round: number): Case {
  return tricky(`shuffled/${round}`, () => {
    const random = seeded(seed, `shuffled ${round}`);
    return (call, post) => {
      post(call.request, random.below(2_500));
      if (random.below(10) < 4) post(call.request, random.below(4_000));
      return taken(call);
    };
  });
}

const isHint = ({ name }: { name: string }) => hints.some((hint) => name.endsWith(hint));

const onAll: readonly Case[] = [
  // The sweep itself sends messages: some of them have to come.
  tricky(
    'dropped/the first three of every hint',
    () => (call) => (isHint(call) && call.nth <= 3 ? taken(call) : undefined),
  ),
  tricky('twice/everything', () => ({ request }, post) => {
    post(request, 0);
    return { type: 'delay', ms: 0 };
  }),
  tricky(
    'dropped/every hint of the worker',
    () => (call) => (call.from === 'worker' && isHint(call) ? taken(call) : undefined),
  ),
];

const resent = (order: (sent: readonly CallRequest[]) => readonly CallRequest[]): Ending => ({
  mayMiss: true,
  afterwards: async (stack, _, tricks) => {
    for (const request of order(tricks.sent())) await putMessage(stack, request);
  },
});
const nothing: () => Trick = () => () => undefined;

/** What comes when everything is over. */
const again: readonly Case[] = [
  tricky(
    'after the end/all',
    nothing,
    resent((sent) => sent),
  ),
  tricky(
    'after the end/all backwards',
    nothing,
    resent((sent) => sent.toReversed()),
  ),
  tricky('after the end/all of an answer', nothing, {
    ...resent((sent) => sent),
    scenario: answer,
  }),
  tricky(
    'after the end/new GUIDs',
    nothing,
    resent((sent) => sent.filter(isWebhookRequest).map(underNewGuid)),
  ),
  tricky('after the end/GitHub delivers all again', nothing, {
    mayMiss: true,
    afterwards: async ({ github }, place) => {
      const ours = github
        .deliveries()
        .filter(({ installationId }) => installationId === place.installationId);
      for (const { id } of ours) await github.redeliver(id);
    },
  }),
];

function isWebhookRequest({ body }: CallRequest): boolean {
  return body.includes('github-event');
}

/** Handlers that take longer than a message is hidden: the same message comes to a second one meanwhile. */
const late: readonly Case[] = [
  'GetItem cmd',
  'GetItem report',
  'Query job',
  'GetItem prompts',
  'write put cmd:command',
  'write update report{status_at',
  'write update report{closing_comment_id',
  'write update job{state=starting}',
  'write update job{task_arn}',
].map((slow) => ({
  id: `messages/visibility/${slow}`.replaceAll(' ', '_'),
  run: async (stack) => {
    let hits = 0;
    const { violations } = await play(stack, edit, {
      interposer: ({ from, service, name }): Verdict => {
        if (from !== 'app' || service !== 'dynamodb' || !name.startsWith(slow) || hits > 0)
          return pass;
        hits += 1;
        return { type: 'delay', ms: stack.visibilityMs + 2_000 };
      },
    });
    if (hits === 0) throw new Error(`Never called: ${slow}`);
    return violations;
  },
}));

/** A handler that fails is called again with the same message. */
const handledAgain: Case = {
  id: 'messages/handled_again/issue_comment',
  run: async (stack) => {
    let hits = 0;
    const { violations } = await play(stack, edit, {
      interposer: ({ from, service, name }): Verdict => {
        if (from !== 'app' || service !== 'dynamodb' || name !== 'GetItem cmd' || hits > 0)
          return pass;
        hits += 1;
        return { type: 'reply', answer: denied };
      },
    });
    if (hits === 0) throw new Error('No command was looked for');
    return violations;
  },
};

const denied = jsonAnswer(
  400,
  { __type: 'com.amazon.coral.service#AccessDeniedException', Message: 'Not authorized' },
  { 'content-type': 'application/x-amz-json-1.0' },
);

type Asked = Scenario['ask'];

/** The first comment comes two seconds late. */
const hold: Trick = (call, post) => {
  if (!call.name.endsWith('issue_comment') || call.nth > 1) return undefined;
  post(call.request, 2_000);
  return taken(call);
};

/** People who change what they wrote before it was read. The comment's message is held back for so long. */
function person(id: string, ask: Asked): Case {
  const scenario: Scenario = { ...edit, ask, ends: [] };
  return tricky(`people/${id}`, () => hold, { scenario });
}

/** Changes a comment as its author; without a body it is deleted. */
async function change(stack: Stack, place: Place, { id, body }: { id: number; body?: string }) {
  const { github } = stack;
  const answer = await fetch(`${github.url}/repos/${place.owner}/app-1/issues/comments/${id}`, {
    method: body === undefined ? 'DELETE' : 'PATCH',
    headers: { authorization: `Bearer ${github.userToken(place.login)}` },
    ...(body === undefined ? {} : { body: JSON.stringify({ body }) }),
  });
  if (!answer.ok) throw new Error(`The comment cannot be changed: ${await answer.text()}`);
}

const people: readonly Case[] = [
  person('edited before it was read', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await change(stack, place, { id, body: '/cody script:answer Or not?' });
  }),
  person('deleted before it was read', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await change(stack, place, { id });
  }),
  person('edited into something else', async (stack, place) => {
    const id = await comment(place, '/cody script:edit Add a greeting.');
    await sleep(300);
    await change(stack, place, { id, body: 'Never mind.' });
  }),
];

const noise: readonly (readonly [string, string])[] = [
  ['no text', ' '],
  ['no JSON', '{"type":"report"'],
  ['a list', '[]'],
  ['an unknown type', '{"type":"weather"}'],
  ['a report of nobody', '{"type":"report","request_id":"nobody"}'],
  ['a job of nobody', '{"type":"job","job_id":"nobody-1"}'],
  ['a job id without a number', '{"type":"job","job_id":"nobody"}'],
  ['a number for an id', '{"type":"job","job_id":7}'],
  ['a check of nobody', '{"type":"prompts_check","repository_id":1,"head_sha":"nothing"}'],
  ['much', JSON.stringify({ type: 'report', request_id: 'x'.repeat(200_000) })],
];

/** Messages that nobody can read are acknowledged, wherever they lie. */
const nonsense: readonly Case[] = (['ingest', 'jobs', 'ingestDead', 'jobsDead'] as const).map(
  (queue) => ({
    id: `messages/malformed/${queue}`,
    run: async (stack) => {
      const during = async () => {
        for (const [, text] of noise) await sendText(stack, queue, { text });
        if (queue.startsWith('ingest')) await sendWebhooks(stack, queue);
      };
      return (await play(stack, edit, { during })).violations;
    },
  }),
);

type QueueName = keyof Stack['queues'];

/** Raw text: the queue of the product would write JSON. */
async function sendText(
  stack: Stack,
  queue: QueueName,
  { text, event }: Readonly<{ text: string; event?: string }>,
): Promise<void> {
  const message = {
    QueueUrl: queueUrl(stack, queue),
    MessageBody: text,
    ...(event === undefined
      ? {}
      : { MessageAttributes: { 'github-event': said(event), 'github-delivery': said('x') } }),
  };
  const body = Buffer.from(JSON.stringify(message));
  const authorization = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request';
  await putMessage(stack, { method: 'POST', path: '/', headers: { authorization }, body });
}

function said(StringValue: string) {
  return { DataType: 'String', StringValue };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

async function sendWebhooks(stack: Stack, queue: QueueName): Promise<void> {
  const texts = ['not base64 at all', base64('{"action":'), base64('{}'), base64('null')];
  for (const event of ['issue_comment', 'check_run', 'pull_request_review', 'no_such_event'])
    for (const text of texts) await sendText(stack, queue, { text, event });
}

function queueUrl({ engines }: Stack, queue: QueueName): string {
  const name = queue.startsWith('ingest') ? 'CODY_QUEUE_INGEST' : 'CODY_QUEUE_JOBS';
  const url = engines[name] ?? '';
  return queue.endsWith('Dead') ? `${url}-dead` : url;
}

/** What fails until it is a dead letter has to be told all the same. */
const dead: readonly Case[] = [
  {
    id: 'messages/dead/a command that nobody could take',
    run: (stack: Stack) =>
      deadLetter(stack, {
        scenario: { ...edit, requests: 0, ends: [] },
        fails: ({ service }) => service === 'github',
        told: ({ github }) => github.comments.length > 0,
      }),
  },
  {
    id: 'messages/dead/a job that nobody could start',
    run: (stack: Stack) =>
      deadLetter(stack, {
        scenario: { ...edit, ends: [['failed', 'pull_request']] },
        fails: ({ service, name }) =>
          service === 'dynamodb' && name.startsWith('write update job{state=starting}'),
        told: () => true,
      }),
  },
].map(({ id, run }) => ({ id: id.replaceAll(' ', '_'), run }));

type Dead = Readonly<{
  scenario: Scenario;
  /** What fails until a message has become a dead letter. */
  fails: (call: { service: string; name: string }) => boolean;
  told: (facts: Facts) => boolean;
}>;

async function deadLetter(stack: Stack, plan: Dead): Promise<readonly Violation[]> {
  const { queues } = stack;
  let died = false;
  const during = async () => {
    const end = Date.now() + 90_000;
    while (!died && Date.now() < end) {
      const depths = await Promise.all([queues.ingestDead.depth(), queues.jobsDead.depth()]);
      died = depths.some((depth) => depth > 0);
      await sleep(20);
    }
  };
  const { facts, violations } = await play(stack, plan.scenario, {
    interposer: (call) =>
      call.from === 'app' && call.attempt > 0 && !died && plan.fails(call)
        ? { type: 'reply', answer: htmlAnswer(500) }
        : pass,
    during,
  });
  if (!died) throw new Error('No message became a dead letter');
  const silent: Violation = { invariant: 1, text: 'nobody was told of a dead letter' };
  return plan.told(facts) ? violations : [...violations, silent];
}
