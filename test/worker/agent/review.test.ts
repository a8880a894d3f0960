import { expect, test } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import type { Actor, ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { demoActor } from '../../../local/standin/anthropic/demo-actor/demo-actor.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { parseReview } from '../../../worker/agent/finding.ts';
import {
  Killed,
  run,
  sentMessages,
  startModel,
  submission,
  testJournal,
  type TestJournal,
  testTools,
} from './support/harness.ts';

const diff = '--- a/sum.ts\n+++ b/sum.ts\n@@ -1 +1 @@\n-return a;\n+return a + b;';
const report = { empty: false, stat: '1 file', diff, findings: [], changed_lines: 12 };
const gate = async () => report;

const finding = {
  severity: 'blocking',
  file: 'sum.ts',
  line: 1,
  evidence: 'sum() ignores its third argument, which the task asks for.',
};

const script: readonly ActorTurn[] = [1, 2].map((number) => ({
  toolUses: [{ name: 'submit', input: submission, id: `toolu_${number}` }],
}));

/** Submits twice; a question of its own is answered with these words. */
function actorWith(answer: unknown): Actor {
  const agent = scriptedActor(script);
  return (conversation) =>
    conversation.outputSchema === null
      ? agent(conversation)
      : { text: typeof answer === 'string' ? answer : JSON.stringify(answer) };
}

function reviewsIn(journal: TestJournal) {
  return journal.entries.filter((entry) => entry.type === 'side_result');
}

test('gives the agent what a reviewer shows to be wrong, once, with the diff', async () => {
  const standin = await startModel(actorWith({ findings: [finding] }));
  const journal = testJournal();
  const outcome = await run({ standin, journal, deps: { gate, reviewer: true } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(reviewsIn(journal)).toHaveLength(1);
  expect(sentMessages(standin).at(-1)).toContain('says of `sum.ts:1`: sum() ignores its third');
  const notices = outcome.events.filter((event) => event.type === 'notice');
  expect(notices).toMatchObject([{ text: expect.stringContaining('blocking: `sum.ts:1` sum()') }]);
});

test('asks in a conversation of its own, with tools that only read, for JSON of a schema', async () => {
  const standin = await startModel(actorWith({ findings: [] }));
  await run({ standin, deps: { gate, reviewer: true } });
  const bodies = standin.requests().map((request) => Object(request.body));
  expect(bodies).toHaveLength(3);
  expect(bodies[1]).toMatchObject({
    messages: [{ role: 'user' }],
    output_config: { format: { type: 'json_schema' }, effort: 'medium' },
  });
  expect(bodies[1].tools.map((tool: { name: string }) => tool.name)).toEqual([
    'read',
    'grep',
    'glob',
  ]);
  const text = JSON.stringify(bodies[1]);
  expect(text).toContain('<task>\\nFix the sum.');
  expect(text).toContain('+return a + b;');
  // The conversation itself knows nothing of it.
  expect(JSON.stringify(bodies[2].messages)).not.toContain('Review the change now');
});

const unproven: [string, unknown][] = [
  ['minor', { ...finding, severity: 'minor' }],
  ['without evidence', { ...finding, evidence: ' ' }],
  ['about a file that the diff does not touch', { ...finding, file: 'other.ts' }],
];
test.each(unproven)('keeps a finding %s from the agent', async (_, one) => {
  const standin = await startModel(actorWith({ findings: [one] }));
  await run({ standin, deps: { gate, reviewer: true } });
  expect(sentMessages(standin).at(-1)).not.toContain('A reviewer');
});

const skipped: [string, Parameters<typeof run>[0]['deps'], number][] = [
  ['it is off', { gate, reviewer: false }, 2_000_000],
  [
    'the diff is tiny',
    { gate: async () => ({ ...report, changed_lines: 3 }), reviewer: true },
    2_000_000,
  ],
  ['the budget is short', { gate, reviewer: true }, 60_000],
];
test.each(skipped)('is not asked when %s', async (_, deps, budget) => {
  const standin = await startModel(actorWith({ findings: [finding] }));
  const journal = testJournal();
  const limits = { budget_micro_usd: budget, min_output_tokens: 100 };
  const outcome = await run({ standin, journal, deps, limits });
  expect(outcome.type).toBe('submitted');
  expect(reviewsIn(journal)).toEqual([]);
});

test('goes on without a review when the call fails, and says so', async () => {
  const standin = await startModel(actorWith({ findings: [finding] }));
  standin.faults.add({ type: 'status', status: 500, when: ({ number }) => number === 2 });
  const journal = testJournal();
  const outcome = await run({ standin, journal, deps: { gate, reviewer: true } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(reviewsIn(journal)).toMatchObject([{ status: 'failed', cost_micro_usd: 0 }]);
  expect(JSON.stringify(outcome.events)).toContain('gave no result');
});

test('is not asked for when the time of the run is over', async () => {
  const standin = await startModel(actorWith({ findings: [finding] }));
  const journal = testJournal();
  let clock = Date.UTC(2026, 10, 22);
  const late = async () => {
    clock += 3 * 3_600_000;
    return report;
  };
  const deps = { gate: late, reviewer: true, now: () => clock };
  const outcome = await run({ standin, journal, deps });
  expect(outcome).toMatchObject({ cause: { code: 'time_limit' }, submission });
  expect(reviewsIn(journal)).toEqual([]);
});

test('gets an answer without findings from the scripted model of the demo', async () => {
  const agent = scriptedActor(script);
  const standin = await startModel((conversation) =>
    conversation.outputSchema === null ? agent(conversation) : demoActor(conversation),
  );
  const journal = testJournal();
  await run({ standin, journal, deps: { gate, reviewer: true } });
  expect(reviewsIn(journal)).toMatchObject([{ status: 'answered', text: '{"findings":[]}' }]);
});

test('takes an answer that is no review for none', () => {
  const many = JSON.stringify({ findings: Array.from({ length: 30 }, () => finding) });
  expect(parseReview('I like it.')).toEqual([]);
  expect(parseReview('{"findings":[{"severity":"high"}]}')).toEqual([]);
  expect(parseReview(many)).toHaveLength(10);
});

test('is asked again by the next attempt when a shutdown broke it off', async () => {
  const standin = await startModel(actorWith({ findings: [finding] }));
  standin.faults.add({ type: 'stall', pings: false, when: ({ number }) => number === 2 });
  const controller = new AbortController();
  const first = testJournal();
  const stop = new Stopped('shutdown', 'worker_lost', 'Shutting down');
  const journal: TestJournal = {
    ...first,
    append: async (entry, money) => {
      await first.append(entry, money);
      if (entry.type === 'side_intent') setTimeout(() => controller.abort(stop), 100);
    },
  };
  const deps = { gate, reviewer: true };
  const attempt = run({ standin, journal, deps: { ...deps, signal: controller.signal } });
  await expect(attempt).rejects.toBe(stop);
  const next = testJournal({ entries: first.entries });
  const outcome = await run({ standin, journal: next, deps });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(reviewsIn(next).map((entry) => entry.status)).toEqual(['lost', 'answered']);
});

test('is part of the cost of the run, and its money is reserved before it is sent', async () => {
  const standin = await startModel(actorWith({ findings: [] }));
  const journal = testJournal();
  const outcome = await run({ standin, journal, deps: { gate, reviewer: true } });
  const moved = journal.money.filter((money) => money !== undefined);
  expect(moved.map((money) => money.type)).toEqual([
    'reserve',
    'settle',
    'reserve',
    'settle',
    'reserve',
    'settle',
  ]);
  const settled = moved.flatMap((money) => (money.type === 'settle' ? [money] : []));
  const cost = settled.reduce((sum, money) => sum + money.actual_micro_usd, 0);
  expect(outcome.cost_micro_usd).toBe(cost);
  for (const money of settled) {
    expect(money.actual_micro_usd).toBeLessThanOrEqual(money.reserved_micro_usd);
  }
  expect(settled.map((money) => money.turns)).toEqual([1, 0, 1]);
});

test('is paid once wherever the run is killed, except when it is in flight', async () => {
  const deps = { gate, reviewer: true };
  const whole = testJournal();
  await run({
    standin: await startModel(actorWith({ findings: [finding] })),
    journal: whole,
    deps,
  });
  for (let dieAfter = 1; dieAfter < whole.entries.length; dieAfter += 1) {
    const standin = await startModel(actorWith({ findings: [finding] }));
    const first = testJournal({ dieAfter });
    await expect(run({ standin, journal: first, deps })).rejects.toThrow(Killed);
    const journal = testJournal({ entries: first.entries });
    const outcome = await run({ standin, journal, deps });
    expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
    const inFlight = first.entries.at(-1)?.type === 'side_intent';
    expect(reviewsIn(journal).map((entry) => entry.status)).toEqual(
      inFlight ? ['lost', 'answered'] : ['answered'],
    );
    expect(sentMessages(standin).at(-1)).toContain('A reviewer who sees only the task');
  }
});

const look = (name: string, path: string, id: string) => ({
  name,
  id,
  input: name === 'bash' ? { command: path } : { file_path: path },
});

/** Submits twice; the reviewer looks `times` times, also with a tool that it does not have, then answers. */
function lookingActor(times: number): Actor {
  const agent = scriptedActor(script);
  return (conversation) => {
    if (conversation.outputSchema === null) return agent(conversation);
    const turn = conversation.messages.filter(({ role }) => role === 'assistant').length;
    if (turn >= times) return { text: JSON.stringify({ findings: [finding] }) };
    return {
      thinking: `Look ${turn}.`,
      toolUses: [
        look('read', `${turn}.ts`, `toolu_r${turn}`),
        look('bash', 'rm sum.ts', `toolu_b${turn}`),
      ],
    };
  };
}

const statusesIn = (journal: TestJournal) => reviewsIn(journal).map((entry) => entry.status);

test('looks at files before it answers, each call paid for on its own, and runs nothing else', async () => {
  const standin = await startModel(lookingActor(2));
  const journal = testJournal();
  const tools = testTools();
  const outcome = await run({ standin, journal, tools, deps: { gate, reviewer: true } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(statusesIn(journal)).toEqual(['continued', 'continued', 'answered']);
  expect(tools.calls.map(({ name }) => name)).toEqual(['read', 'read']);

  const bodies = standin.requests().map((request) => Object(request.body));
  const asked = bodies.slice(1, 4).map((body) => JSON.stringify(body.messages));
  for (const [index, bytes] of asked.entries()) {
    expect(bytes.startsWith((asked[index - 1] ?? '').slice(0, -1))).toBe(true);
  }
  expect(asked.at(-1)).toContain('a reviewer only reads');
  expect(sentMessages(standin).at(-1)).toContain('says of `sum.ts:1`');
  expect(sentMessages(standin).at(-1)).not.toContain('read done');

  const cost = reviewsIn(journal).reduce((sum, entry) => sum + entry.cost_micro_usd, 0);
  const notice = expect.stringContaining(`fresh context ($${(cost / 1_000_000).toFixed(4)})`);
  expect(outcome.events.filter(({ type }) => type === 'notice')).toMatchObject([{ text: notice }]);
  const moved = journal.money.flatMap((money) => (money ? [money.type] : []));
  expect(moved).toEqual(Array.from({ length: 5 }, () => ['reserve', 'settle']).flat());
});

test('is told to answer in its last call, and fails when it looks on', async () => {
  const standin = await startModel(lookingActor(50));
  const journal = testJournal();
  const outcome = await run({ standin, journal, deps: { gate, reviewer: true } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(statusesIn(journal)).toEqual([...Array.from({ length: 7 }, () => 'continued'), 'failed']);
  const told = sentMessages(standin).map((bytes) => bytes.includes('Give the review now'));
  expect(told.indexOf(true)).toBe(8);
});

test('looks no further than its share of the budget', async () => {
  const standin = await startModel(lookingActor(50));
  const journal = testJournal();
  const limits = { budget_micro_usd: 900_000 };
  await run({ standin, journal, limits, deps: { gate, reviewer: true } });
  const cost = reviewsIn(journal).reduce((sum, entry) => sum + entry.cost_micro_usd, 0);
  expect(reviewsIn(journal).length).toBeLessThan(8);
  expect(cost).toBeLessThan(900_000 * 0.15);
});

test('goes on behind its last settled call wherever it was killed', async () => {
  const whole = testJournal();
  const quiet = await startModel(lookingActor(2));
  await run({ standin: quiet, journal: whole, deps: { gate, reviewer: true } });
  const side = whole.entries.filter(({ type }) => type.startsWith('side_'));
  for (const { seq, type } of side) {
    const standin = await startModel(lookingActor(2));
    const first = testJournal({ dieAfter: seq });
    const deps = { gate, reviewer: true };
    await expect(run({ standin, journal: first, deps })).rejects.toThrow(Killed);
    const next = testJournal({ entries: first.entries });
    const outcome = await run({ standin, journal: next, deps, task: { attempt: 2 } });
    expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
    const again = type === 'side_intent' ? 1 : 0;
    expect(standin.requests()).toHaveLength(quiet.requests().length + again);
    expect(statusesIn(next).filter((status) => status !== 'lost')).toEqual(statusesIn(whole));
  }
});
