import { once } from 'node:events';
import { expect, test } from 'vitest';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import type { AgentLimits } from '../../../worker/agent/limits.ts';
import {
  run,
  sentMessages,
  startModel,
  submission,
  submitTurn,
  testJournal,
  testTools,
  textResult,
} from './support/harness.ts';

const edit = {
  name: 'edit',
  input: { file_path: 'a.ts', old_string: '1', new_string: '2' },
};
const nothingChanged = async () => ({ empty: true, stat: '', diff: '', findings: [] });
const read = (path: string) => ({ name: 'read', input: { file_path: path } });

test('works through its turns and ends with the submission', async () => {
  const standin = await startModel(
    scriptedActor([
      { thinking: 'Look first.', toolUses: [read('a.ts')] },
      { thinking: 'Now change it.', toolUses: [edit] },
      submitTurn,
    ]),
  );
  const journal = testJournal();
  const outcome = await run({ standin, journal });

  expect(outcome).toMatchObject({ type: 'submitted', submission, turns: 3 });
  expect(outcome.events.map((event) => event.type)).toEqual(['turn', 'turn', 'turn', 'outcome']);
  expect(outcome.events[0]).toMatchObject({
    thinking: 'Look first.',
    stop_reason: 'tool_use',
    tools: [{ name: 'read', output: 'read done' }],
  });
  const turn = ['request_intent', 'response', 'tool_start', 'tool_result'];
  expect(journal.entries.map((entry) => entry.type)).toEqual([
    'run_header',
    ...turn,
    ...turn,
    ...turn,
    'outcome',
  ]);
  expect(journal.entries.map((entry) => entry.seq)).toEqual(
    journal.entries.map((_, index) => index + 1),
  );
});

test('settles exactly what the stand-in counted', async () => {
  const standin = await startModel(scriptedActor([{ toolUses: [read('a.ts')] }, submitTurn]));
  const journal = testJournal();
  const outcome = await run({ standin, journal });

  const used = standin.requests().map((request) => request.usage);
  const output = used.reduce((sum, usage) => sum + (usage?.output_tokens ?? 0), 0);
  expect(outcome.usage.output_tokens).toBe(output);
  const moved = journal.money.filter((money) => money !== undefined);
  expect(moved.map((money) => money.type)).toEqual(['reserve', 'settle', 'reserve', 'settle']);
  const settled = moved.reduce(
    (sum, money) => sum + (money.type === 'settle' ? money.actual_micro_usd : 0),
    0,
  );
  expect(settled).toBe(outcome.cost_micro_usd);
  expect(outcome.cost_micro_usd).toBeGreaterThan(0);
});

test('reads from the cache from the second turn on', async () => {
  const standin = await startModel(
    scriptedActor([{ toolUses: [read('a.ts')] }, { toolUses: [read('b.ts')] }, submitTurn]),
  );
  await run({ standin });
  const [first, second] = standin.requests().map((request) => request.usage);
  expect(first?.cache_creation?.ephemeral_1h_input_tokens).toBeGreaterThan(0);
  expect(second?.cache_read_input_tokens).toBeGreaterThan(0);
});

test('sends adaptive thinking, the effort, four breakpoints and no forced tool choice', async () => {
  const standin = await startModel(scriptedActor([submitTurn]));
  await run({ standin });
  const [request] = standin.requests();
  const body = Object(request?.body);
  expect(body).toMatchObject({
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: 'high' },
    cache_control: { type: 'ephemeral', ttl: '5m' },
    stream: true,
  });
  expect(body).not.toHaveProperty('tool_choice');
  expect(JSON.stringify(body).match(/"cache_control"/g)).toHaveLength(4);
});

test('runs the read-only calls of a turn side by side and keeps their order', async () => {
  const standin = await startModel(
    scriptedActor([{ toolUses: [read('slow'), read('fast'), edit, read('last')] }, submitTurn]),
  );
  const log: string[] = [];
  const slow = Promise.withResolvers<void>();
  const tools = testTools(async (call) => {
    const name = call.name === 'edit' ? 'edit' : Object(call.input).file_path;
    log.push(`start ${name}`);
    if (name === 'slow') await slow.promise;
    if (name === 'fast') slow.resolve();
    log.push(`end ${name}`);
    return textResult(name);
  });
  const journal = testJournal();
  await run({ standin, journal, tools });

  expect(log.slice(0, 4)).toEqual(['start slow', 'start fast', 'end fast', 'end slow']);
  expect(log.slice(4)).toEqual(['start edit', 'end edit', 'start last', 'end last']);
  const outputs = journal.entries.flatMap((entry) =>
    entry.type === 'tool_result' ? [entry.result.content[0]] : [],
  );
  expect(outputs.slice(0, 4)).toMatchObject(
    ['slow', 'fast', 'edit', 'last'].map((text) => ({ text })),
  );
});

test('answers an unknown tool with an error that names the tools', async () => {
  const standin = await startModel(
    scriptedActor([{ toolUses: [{ name: 'browse', input: {} }] }, submitTurn]),
  );
  const tools = testTools();
  const outcome = await run({ standin, tools });
  expect(tools.calls).toEqual([]);
  expect(outcome.events[0]).toMatchObject({
    tools: [{ is_error: true, output: expect.stringContaining('bash, read, edit') }],
  });
});

test('takes secrets out before anything is recorded or sent', async () => {
  const secret = 'canary-5f1c';
  const standin = await startModel(scriptedActor([{ toolUses: [read('a.ts')] }, submitTurn]));
  const journal = testJournal();
  const outcome = await run({
    standin,
    journal,
    tools: testTools(() => textResult(`token=${secret}`)),
    deps: { redact: (text) => text.replaceAll(secret, '[redacted]') },
    task: { first: [{ text: `Use ${secret}`, breakpoint: true }] },
  });
  const seen = JSON.stringify([journal.entries, outcome, standin.requests()]);
  expect(seen).not.toContain(secret);
  expect(seen).toContain('token=[redacted]');
});

test('sends no half of a surrogate pair, wherever a text was cut', async () => {
  const standin = await startModel(
    scriptedActor([{ toolUses: [read('a.ts')] }, submitTurn, submitTurn]),
  );
  await run({
    standin,
    tools: testTools(() => textResult('cut \ud83d')),
    deps: {
      gate: async () => ({ empty: false, stat: '', diff: `+${'😀'.repeat(20_000)}`, findings: [] }),
    },
    task: { first: [{ text: 'Task \ude00', breakpoint: true }] },
  });
  const sent = sentMessages(standin);
  expect(sent).toHaveLength(3);
  // JSON spells a lone half as an escape.
  for (const text of sent) expect(text).not.toMatch(/\\ud[89a-f]/);
});

test('takes secrets out of last words that stand in for a submission', async () => {
  const secret = 'canary-5f1c';
  const standin = await startModel(scriptedActor([{ text: 'Hm.' }, { text: `It is ${secret}.` }]));
  const redact = (text: string) => text.replaceAll(secret, '[redacted]');
  const outcome = await run({ standin, deps: { redact } });
  expect(outcome).toMatchObject({ type: 'submitted', submission: { title: 'It is [redacted].' } });
  expect(JSON.stringify(outcome)).not.toContain(secret);
});

test('shows the diff once and takes the second submit', async () => {
  const standin = await startModel(scriptedActor([{ toolUses: [edit] }, submitTurn, submitTurn]));
  let asked = 0;
  const outcome = await run({
    standin,
    deps: {
      gate: async () => {
        asked += 1;
        return {
          empty: false,
          stat: ' a.ts | 2 +-',
          diff: '-1\n+2',
          findings: ['a conflict marker in a.ts'],
        };
      },
    },
  });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
  expect(asked).toBe(1);
  expect(sentMessages(standin).at(-1)).toContain('a conflict marker in a.ts');
});

test('takes a submit without a diff as an answer', async () => {
  const answer = { ...submission, changes: [] };
  const standin = await startModel(
    scriptedActor([{ toolUses: [{ name: 'submit', input: answer }] }]),
  );
  const outcome = await run({ standin, deps: { gate: nothingChanged } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 1 });
});

test('refuses a submit with a wrong input and one beside other calls', async () => {
  const standin = await startModel(
    scriptedActor([
      { toolUses: [{ name: 'submit', input: { title: 'x' } }] },
      { toolUses: [edit, { name: 'submit', input: submission }] },
      submitTurn,
    ]),
  );
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
  expect(outcome.events[0]).toMatchObject({ tools: [{ is_error: true }] });
  expect(outcome.events[1]).toMatchObject({ tools: [{ is_error: false }, { is_error: true }] });
});

test('nudges once when the model ends without submit, then takes its words', async () => {
  const standin = await startModel(
    scriptedActor([{ text: 'All done.' }, { text: 'It is done.\nThe sum is right now.' }]),
  );
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({
    type: 'submitted',
    turns: 2,
    submission: { title: 'It is done.', summary: 'It is done.\nThe sum is right now.' },
  });
  expect(outcome.events.map((event) => event.type)).toEqual(['turn', 'notice', 'turn', 'outcome']);
});

const limited: [string, Partial<AgentLimits>, string][] = [
  ['turns', { max_turns: 4 }, 'turn_limit'],
  ['money', { budget_micro_usd: 130_000 }, 'budget_exhausted'],
  ['tokens', { total_tokens: 60_000 }, 'token_limit'],
];
test.each(limited)('asks to submit when the %s run out, and says so', async (_, limits, code) => {
  const standin = await startModel(({ messages }) =>
    JSON.stringify(messages).includes('Call submit now')
      ? submitTurn
      : { thinking: 'x'.repeat(6_000), toolUses: [read(`${messages.length}.ts`)] },
  );
  const outcome = await run({ standin, limits });
  expect(outcome).toMatchObject({ type: 'submitted', forced: { code } });
});

test.each(limited)(
  'stops at the limit of %s when nothing is submitted',
  async (_, limits, code) => {
    const standin = await startModel(({ messages }) => ({
      thinking: 'x'.repeat(6_000),
      toolUses: [read(`${messages.length}.ts`)],
    }));
    const tools = testTools();
    const journal = testJournal({ budget: limits.budget_micro_usd ?? 2_000_000 });
    const outcome = await run({ standin, limits, tools, journal });
    expect(outcome).toMatchObject({ type: 'stopped', cause: { code } });
    expect(outcome.cost_micro_usd).toBeLessThanOrEqual(limits.budget_micro_usd ?? 2_000_000);
    const reserved = journal.money.filter((money) => money?.type === 'reserve');
    expect(reserved.length).toBe(outcome.turns);
  },
);

const nearLimits: [string, Partial<AgentLimits>, number][] = [
  ['turns', { max_turns: 12 }, 0],
  ['tokens', { total_tokens: 300_000, min_output_tokens: 1_500 }, 0],
  ['budget', { budget_micro_usd: 300_000, min_output_tokens: 1_500 }, 0],
  ['time', { wall_clock_ms: 1_000_000 }, 140_000],
];
test.each(nearLimits)(
  'says once when three quarters of the %s are used, before it orders to submit',
  async (word, limits, stepMs) => {
    let clock = 1_795_000_000_000;
    const standin = await startModel(({ messages }) =>
      JSON.stringify(messages).includes('Call submit now')
        ? submitTurn
        : { thinking: 'x'.repeat(3_000), toolUses: [read(`${messages.length}.ts`)] },
    );
    const tools = testTools(() => {
      clock += stepMs;
      return textResult('done');
    });
    const outcome = await run({ standin, limits, tools, deps: { now: () => clock } });
    const notices = outcome.events.flatMap((event) =>
      event.type === 'notice' ? [event.text] : [],
    );
    expect(notices).toEqual([
      expect.stringContaining(`Three quarters of the ${word}`),
      expect.stringContaining('Call submit now'),
    ]);
    expect(outcome.type).toBe('submitted');
  },
);

const command = (timeout_ms: number) => ({
  name: 'bash',
  input: { command: `sleep ${timeout_ms}`, timeout_ms },
});

test('gives a command the time that the run allows for one, and says so when it was too short', async () => {
  const standin = await startModel(
    scriptedActor([{ toolUses: [command(9_000), command(90_000)] }, submitTurn]),
  );
  const tools = testTools(() => textResult('ended', { exit_code: 124, is_error: true }));
  await run({ standin, tools, limits: { command_ms: 60_000 } });
  const times = tools.calls.map(({ input }) => Object(input).timeout_ms);
  expect(times).toEqual([9_000, 60_000]);
  const sent = sentMessages(standin).at(-1) ?? '';
  expect(sent.match(/one command may take at most 60 s/g)).toHaveLength(1);
});

test('never spends more than was reserved for a call', async () => {
  const standin = await startModel(
    scriptedActor([
      ...Array.from({ length: 6 }, (_, index) => ({
        thinking: 'x'.repeat(2_000),
        toolUses: [read(`${index}.ts`)],
      })),
      submitTurn,
    ]),
  );
  const journal = testJournal();
  await run({ standin, journal, tools: testTools(() => textResult('code '.repeat(3_000))) });
  for (const money of journal.money) {
    if (money?.type !== 'settle') continue;
    expect(money.actual_micro_usd).toBeLessThanOrEqual(money.reserved_micro_usd);
  }
});

test('ends when the ledger refuses the reservation', async () => {
  const standin = await startModel(scriptedActor([submitTurn]));
  const outcome = await run({ standin, journal: testJournal({ budget: 10 }) });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'budget_exhausted' }, turns: 0 });
  expect(standin.requests()).toEqual([]);
});

test('stops at its time limit', async () => {
  let clock = 1_795_000_000_000;
  const standin = await startModel(({ messages }) => ({
    toolUses: [read(`${messages.length}.ts`)],
  }));
  const tools = testTools(() => {
    clock += 400_000;
    return textResult('done');
  });
  const outcome = await run({
    standin,
    tools,
    limits: { wall_clock_ms: 1_000_000 },
    deps: { now: () => clock },
  });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'time_limit' } });
});

test('says so when it goes round in circles, then ends', async () => {
  const standin = await startModel(() => ({ toolUses: [read('a.ts')] }));
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'stuck' } });
  const notices = outcome.events.filter((event) => event.type === 'notice');
  expect(notices).toHaveLength(2);
});

test('refuses a model without a price', async () => {
  const standin = await startModel(scriptedActor([submitTurn]));
  await expect(run({ standin, task: { model: 'claude-unknown-9' } })).rejects.toMatchObject({
    name: 'UserError',
    next: expect.stringContaining('claude-sonnet-5-5'),
  });
});

test('breaks off a tool when the time is over', async () => {
  const standin = await startModel(scriptedActor([{ toolUses: [read('a.ts')] }, submitTurn]));
  const outcome = await run({
    standin,
    limits: { wall_clock_ms: 1_000 },
    tools: testTools(),
    deps: {
      tools: {
        catalog: testTools().tools.catalog,
        run: async (_, signal) => {
          if (!signal.aborted) await once(signal, 'abort');
          return textResult('Broken off', { is_error: true });
        },
      },
    },
  });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'time_limit' } });
  expect(outcome.events[0]).toMatchObject({ tools: [{ output: 'Broken off' }] });
});
