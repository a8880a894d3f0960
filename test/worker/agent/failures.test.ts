import { expect, test } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import type { Fault } from '../../../local/standin/anthropic/faults.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { createAnthropicModel } from '../../../worker/agent/anthropic-model.ts';
import type { ModelCall } from '../../../worker/agent/model-call.ts';
import { ProcessesLeft } from '../../../worker/executor/end-all.ts';
import {
  apiKey,
  run,
  sentMessages,
  startModel,
  submission,
  submitTurn,
  testJournal,
  testTools,
  textResult,
} from './support/harness.ts';

const turns = [
  { thinking: 'Look.', toolUses: [{ name: 'read', input: { file_path: 'a.ts' } }] },
  submitTurn,
];

const passing: [string, Fault, string][] = [
  ['a rate limit', { type: 'status', status: 429, retryAfter: 0 }, 'rate_limited'],
  ['an overload', { type: 'status', status: 529 }, 'overloaded'],
  ['a server error', { type: 'status', status: 500 }, 'server_error'],
  ['a reset connection', { type: 'reset_before_headers' }, 'connection'],
  ['an error event', { type: 'error_event', errorType: 'overloaded_error' }, 'overloaded'],
  ['an unknown error event', { type: 'error_event', errorType: 'api_error' }, 'broken'],
  // Whether the headers had been read before the cut is up to the machine.
  ['a stream cut in a tool call', { type: 'cut_in_tool_json' }, 'broken|connection'],
  ['a stream without its end', { type: 'missing_message_stop' }, 'broken'],
  ['a silent stream', { type: 'stall', pings: false }, 'stalled'],
  ['malformed tool input', { type: 'malformed_tool_json' }, 'broken'],
];
test.each(passing)('sends the same bytes again after %s', async (_, fault, error) => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add(fault);
  const journal = testJournal();
  const tools = testTools();
  const deps =
    fault.type === 'stall' ? { model: impatientOnce(standin.url, { idleMs: 1_000 }) } : {};
  const outcome = await run({ standin, journal, tools, deps });

  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
  expect(tools.calls).toHaveLength(1);
  const failed = journal.entries.filter((entry) => entry.type === 'call_failed');
  expect(failed).toMatchObject([
    { turn: 1, try: 1, error: expect.stringMatching(new RegExp(`^(${error})$`)) },
  ]);
  const [first, second] = sentMessages(standin);
  expect(second).toBe(first);
  const settles = journal.money.filter((money) => money?.type === 'settle');
  expect(settles.map((money) => money?.type === 'settle' && money.turns)).toEqual([0, 1, 1]);
});

test('counts what a broken stream had used', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'missing_message_stop' });
  const journal = testJournal();
  await run({ standin, journal });
  const failed = journal.entries.find((entry) => entry.type === 'call_failed');
  expect(failed?.cost_micro_usd).toBeGreaterThan(0);
  expect(failed?.usage.output_tokens).toBeGreaterThan(0);
});

test('bounds a stream that only pings by the length of the call', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'stall', pings: true, pingEveryMs: 20 });
  const journal = testJournal();
  const model = impatientOnce(standin.url, { maxCallMs: 1_000 });
  const outcome = await run({ standin, journal, deps: { model } });
  expect(outcome.type).toBe('submitted');
  expect(journal.entries.find((entry) => entry.type === 'call_failed')?.error).toBe('stalled');
});

test('lets a slow stream finish', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'slow_drip', delayMs: 20 });
  const outcome = await run({ standin, idleMs: 10_000 });
  expect(outcome.type).toBe('submitted');
});

const final: [string, Fault, string][] = [
  ['a rejected key', { type: 'status', status: 401 }, 'model_key_rejected'],
  ['a forbidden key', { type: 'status', status: 403 }, 'model_key_rejected'],
  ['a rejected request', { type: 'status', status: 400 }, 'model_rejected_request'],
  ['a missing payment', { type: 'status', status: 402 }, 'model_spend_limit'],
  [
    'a spend limit',
    { type: 'status', status: 429, errorCode: 'enforced_spend_limit_reached' },
    'model_spend_limit',
  ],
  ['a request that is too large', { type: 'status', status: 413 }, 'context_exceeded'],
  ['a refusal', { type: 'refusal_before_output' }, 'model_refused'],
  ['a refusal in the middle', { type: 'refusal_after_output' }, 'model_refused'],
];
test.each(final)('ends at once on %s', async (_, fault, code) => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ ...fault, times: 10 });
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code } });
  expect(standin.requests()).toHaveLength(1);
});

test('leaves a run open that waits for the spend limit, and says so in a sentence', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'status', status: 402, times: 10 });
  await expect(run({ standin, deps: { waitsForSpendLimit: true } })).rejects.toMatchObject({
    code: 'model_spend_limit',
    message: expect.stringMatching(/^The spend limit of the model account is reached/),
  });
});

test('shows why the model refused', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'refusal_before_output' });
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({
    cause: { sentence: expect.stringContaining('general_harms: The scripted model was told') },
  });
});

const lasting: [string, Fault, string][] = [
  ['rate limits', { type: 'status', status: 429 }, 'model_rate_limited'],
  ['overload', { type: 'status', status: 529 }, 'model_overloaded'],
  ['server errors', { type: 'status', status: 500 }, 'model_unavailable'],
];
test.each(lasting)('gives up when %s outlast the time for retries', async (_, fault, code) => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ ...fault, times: 100 });
  const limits = { retry: { budget_ms: 40, base_ms: 10, max_ms: 20 } };
  const outcome = await run({ standin, limits });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code } });
  expect(standin.requests().length).toBeGreaterThan(1);
});

test('obeys a retry-after that is longer than it may wait by ending', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'status', status: 429, retryAfter: 3_600 });
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'model_rate_limited' } });
  expect(standin.requests()).toHaveLength(1);
});

test('waits its own time when retry-after asks for none', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'status', status: 429, retryAfter: 0, times: 1_000 });
  const limits = { retry: { budget_ms: 1_000, base_ms: 200, max_ms: 400 } };
  const outcome = await run({ standin, limits });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'model_rate_limited' } });
  expect(standin.requests().length).toBeLessThan(7);
});

test('ends with its time instead of paying for a call behind a long wait', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'status', status: 429, retryAfter: 60 });
  const limits = { wall_clock_ms: 1_000, retry: { budget_ms: 90_000, base_ms: 1, max_ms: 4 } };
  const outcome = await run({ standin, limits });
  expect(outcome).toMatchObject({ cause: { code: 'time_limit' }, cost_micro_usd: 0 });
  expect(standin.requests()).toHaveLength(1);
});

test('goes on counting failed tries after a restart', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'status', status: 500, times: 3 });
  const first = testJournal({ dieAfter: 5 });
  await expect(run({ standin, journal: first })).rejects.toThrow();
  const second = testJournal({ entries: first.entries });
  await run({ standin, journal: second, task: { attempt: 2 } });
  const tries = second.entries.flatMap((entry) =>
    entry.type === 'call_failed' ? [[entry.turn, entry.try, entry.error]] : [],
  );
  expect(tries).toEqual([
    [1, 1, 'server_error'],
    [1, 2, 'server_error'],
    [1, 3, 'server_error'],
  ]);
});

test('counts the tokens that lost calls may have used against the limit of tokens', async () => {
  const standin = await startModel(scriptedActor(turns));
  const limits = { total_tokens: 60_000 };
  let entries: ReturnType<typeof testJournal>['entries'] = [];
  for (const attempt of [1, 2, 3]) {
    const journal = testJournal({ entries, dieAfter: 2 });
    await run({ standin, journal, limits, task: { attempt } }).catch(() => undefined);
    entries = journal.entries;
  }
  const asked = entries.flatMap((entry) =>
    entry.type === 'request_intent' ? [entry.max_tokens] : [],
  );
  expect(asked.length).toBeGreaterThan(1);
  expect(asked.reduce((sum, tokens) => sum + tokens, 0)).toBeLessThan(limits.total_tokens);
});

test('goes on after a pause with the paused turn as it came', async () => {
  const standin = await startModel(scriptedActor([turns[0] ?? {}, ...turns]));
  standin.faults.add({ type: 'pause_turn' });
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
});

test('drops a turn whose tool call was cut, asks again with more room, and runs nothing of it', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'max_tokens_in_tool_use' });
  const tools = testTools();
  const outcome = await run({ standin, tools });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
  expect(tools.calls).toHaveLength(1);
  const [first, second] = standin.requests().map((request) => Object(request.body));
  expect(JSON.stringify(second.messages)).toBe(JSON.stringify(first.messages));
  expect(second.max_tokens).toBe(first.max_tokens * 2);
});

test('answers calls that are cut again with an error instead of running them', async () => {
  const standin = await startModel(scriptedActor([turns[0] ?? {}, ...turns]));
  standin.faults.add({ type: 'max_tokens_in_tool_use', times: 2 });
  const tools = testTools();
  const outcome = await run({ standin, tools });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 4 });
  expect(tools.calls).toHaveLength(1);
  expect(sentMessages(standin).at(-1)).toContain('in smaller pieces');
});

test.each(['empty_end_turn', 'duplicate_tool_ids'] as const)(
  'asks again after an answer with %s',
  async (type) => {
    const standin = await startModel(scriptedActor(turns));
    standin.faults.add({ type });
    const outcome = await run({ standin });
    expect(outcome).toMatchObject({ type: 'submitted', turns: 3 });
  },
);

test('ends when the answers stay empty', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'empty_end_turn', times: 100 });
  const outcome = await run({ standin });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'stuck' }, turns: 5 });
});

test('ends when the conversation outgrows the context', async () => {
  const actor = scriptedActor([{ thinking: 'x'.repeat(8_000), toolUses: [] }, submitTurn]);
  const standin = await startModel(actor, { maxInputTokens: 4_000 });
  const outcome = await run({
    standin,
    limits: { min_output_tokens: 100 },
    task: { model_limits: { max_input_tokens: 1_000_000, max_output_tokens: 128_000 } },
  });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'context_exceeded' } });
});

test('sends no call that cannot fit the context', async () => {
  const standin = await startModel(scriptedActor(turns));
  const outcome = await run({
    standin,
    task: { model_limits: { max_input_tokens: 5_000, max_output_tokens: 4_000 } },
  });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'context_exceeded' } });
  expect(standin.requests()).toEqual([]);
});

test('sends a block of a kind that it does not know back as it came', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'unknown_block_type' });
  const journal = testJournal();
  await run({ standin, journal });
  const [response] = journal.entries.filter((entry) => entry.type === 'response');
  expect(response?.message.content[0]).toEqual({ type: 'scripted_block', note: 'unknown' });
  expect(sentMessages(standin)[1]).toContain('{"type":"scripted_block","note":"unknown"}');
});

test('ends a cancelled run with its cost settled', async () => {
  const standin = await startModel(scriptedActor(turns));
  standin.faults.add({ type: 'stall', pings: true, pingEveryMs: 20 });
  const controller = new AbortController();
  const journal = testJournal();
  const running = run({ standin, journal, deps: { signal: controller.signal } });
  await until(() => standin.requests().some((request) => request.status === 200));
  controller.abort(new Stopped('cancelled', 'cancelled_by_user', 'Cancelled'));
  expect(await running).toMatchObject({ type: 'stopped', cause: { code: 'cancelled_by_user' } });
  expect(journal.money.map((money) => money?.type)).toEqual([
    undefined,
    'reserve',
    'settle',
    undefined,
  ]);
});

test('pays nothing when it is cancelled while it waits for the shared cache', async () => {
  const standin = await startModel(scriptedActor(turns));
  const controller = new AbortController();
  const journal = testJournal();
  const cancel = new Stopped('cancelled', 'cancelled_by_user', 'Cancelled');
  const sharedCache = { wait: async () => controller.abort(cancel), ready: () => undefined };
  const outcome = await run({
    standin,
    journal,
    deps: { signal: controller.signal, sharedCache },
  });
  expect(outcome).toMatchObject({ cause: { code: 'cancelled_by_user' }, cost_micro_usd: 0 });
  expect(journal.entries.map(({ type }) => type)).toEqual(['run_header', 'outcome']);
});

test.each([
  ['a shutdown', new Stopped('shutdown', 'worker_lost', 'Shutting down')],
  ['processes that cannot be ended', new ProcessesLeft()],
])('leaves the run open after %s, and the next attempt ends it', async (_, stop) => {
  const standin = await startModel(scriptedActor(turns));
  const controller = new AbortController();
  const journal = testJournal();
  const tools = testTools();
  const first = run({
    standin,
    journal,
    tools: {
      ...tools,
      tools: {
        ...tools.tools,
        run: async (call) => {
          controller.abort(stop);
          return await tools.tools.run(call);
        },
      },
    },
    deps: { signal: controller.signal },
  });
  await expect(first).rejects.toBe(stop);
  const second = testJournal({ entries: journal.entries });
  const outcome = await run({ standin, journal: second, task: { attempt: 2 } });
  expect(outcome).toMatchObject({ type: 'submitted', turns: 2 });
});

test('records no result for a command that a shutdown broke off', async () => {
  const command = { toolUses: [{ name: 'bash', input: { command: 'sleep 60' } }] };
  const standin = await startModel(scriptedActor([command, submitTurn]));
  const controller = new AbortController();
  const journal = testJournal();
  const stop = new Stopped('shutdown', 'worker_lost', 'Shutting down');
  const tools = testTools(() => {
    controller.abort(stop);
    return textResult('Broken off', { is_error: true });
  });
  await expect(run({ standin, journal, tools, deps: { signal: controller.signal } })).rejects.toBe(
    stop,
  );
  expect(journal.entries.at(-1)?.type).toBe('tool_start');
  const outcome = await run({ standin, journal: testJournal({ entries: journal.entries }) });
  expect(outcome.events[0]).toMatchObject({
    tools: [{ is_error: true, output: expect.stringContaining('may have partly run') }],
  });
});

test('keeps what was submitted when the run is cancelled before the second submit', async () => {
  const standin = await startModel(scriptedActor([submitTurn, submitTurn]));
  const controller = new AbortController();
  const outcome = await run({
    standin,
    deps: {
      signal: controller.signal,
      gate: async () => {
        controller.abort(new Stopped('cancelled', 'cancelled_by_user', 'Cancelled'));
        return { empty: false, stat: '', diff: '+1', findings: [] };
      },
    },
  });
  expect(outcome).toMatchObject({ type: 'stopped', submission });
});

/** Only the first call is impatient, so that a busy machine does not end the others. */
function impatientOnce(
  baseURL: string,
  first: Readonly<{ idleMs?: number; maxCallMs?: number }>,
): ModelCall {
  let calls = 0;
  return (request, signal) => {
    calls += 1;
    const options = calls === 1 ? first : {};
    return createAnthropicModel({ apiKey, baseURL, ...options })(request, signal);
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
