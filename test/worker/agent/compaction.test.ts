import { expect, test } from 'vitest';
import { UserError } from '../../../core/errors.ts';
import { JournalEntry } from '../../../core/journal.ts';
import type { Actor } from '../../../local/standin/anthropic/actor.ts';
import type { AnthropicStandin } from '../../../local/standin/anthropic/anthropic-standin.ts';
import {
  Killed,
  run,
  startModel,
  submission,
  submitTurn,
  testJournal,
  type TestJournal,
  testTools,
  textResult,
} from './support/harness.ts';

const TURNS = 9;

/** Reads file after file: which one comes next stands in the last result, so that a summary does not confuse it. */
const reader: Actor = ({ messages }) => {
  const results = JSON.stringify(messages).match(/file (\d+) of/g) ?? [];
  const next = Number(/\d+/.exec(results.at(-1) ?? '')?.[0] ?? -1) + 1;
  if (next >= TURNS) return { toolUses: [{ ...submitTurn.toolUses[0]!, id: 'toolu_submit' }] };
  const input = { file_path: `${next}.ts` };
  return {
    thinking: `Now file ${next} of ${TURNS}.`,
    text: `Now file ${next} of ${TURNS}.`,
    toolUses: [{ name: 'read', input, id: `toolu_${next}` }],
  };
};

const files = () =>
  testTools((call) => {
    const number = Number.parseInt(Object(call.input).file_path, 10);
    return textResult(`file ${number} of ${TURNS}\n${'x'.repeat(3_000)}`);
  });

const small = { compact_at_tokens: 8_000, compact_keep_tokens: 2_500 };

const messageRequests = (standin: AnthropicStandin) =>
  standin.requests().filter(({ path }) => path === '/v1/messages');
const isSummary = (body: unknown) => 'compaction' in Object(body);
const beginsWithBlock = (body: unknown) =>
  Object(body).messages[0].content[0].type === 'compaction';
const hasBlock = (body: unknown) =>
  Array.isArray(Object(body).messages) && beginsWithBlock(body) && !isSummary(body);
const compactions = (journal: TestJournal) =>
  journal.entries.filter((entry) => entry.type === 'compaction');

test('has earlier turns summarized at the threshold and goes on behind the block', async () => {
  const standin = await startModel(reader);
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: files(), limits: small });

  expect(outcome).toMatchObject({ type: 'submitted', submission, turns: TURNS + 1 });
  expect(messageRequests(standin).every(({ status }) => status === 200)).toBe(true);
  const done = compactions(journal);
  expect(done.length).toBeGreaterThan(0);
  expect(messageRequests(standin).filter(({ body }) => isSummary(body))).toHaveLength(done.length);
  const last = Object(messageRequests(standin).at(-1)?.body);
  expect(beginsWithBlock(last)).toBe(true);
  expect(last.messages[1].role).toBe('assistant');
  expect(JSON.stringify(last)).toContain('<task>\\nFix the sum.');
});

test('keeps every call together with its result, and the bytes of what it keeps', async () => {
  const standin = await startModel(reader);
  await run({ standin, tools: files(), limits: small });
  const bodies = messageRequests(standin).map(({ body }) => Object(body));
  const ordinary = bodies.filter((body) => !isSummary(body));
  let fresh = 0;
  for (const [index, body] of ordinary.entries()) {
    const before = ordinary[index - 1];
    if (!before) continue;
    const kept = JSON.stringify(body.messages);
    if (kept.startsWith(JSON.stringify(before.messages).slice(0, -1))) continue;
    fresh += 1;
    const tail = JSON.stringify(body.messages.slice(1, -2)).slice(1, -1);
    expect(JSON.stringify(before.messages)).toContain(tail);
  }
  expect(fresh).toBe(bodies.length - ordinary.length);
});

test('reads what it has summarized from the cache', async () => {
  const standin = await startModel(reader);
  const journal = testJournal();
  await run({ standin, journal, tools: files(), limits: small });
  for (const entry of compactions(journal)) {
    if (entry.type !== 'compaction') continue;
    expect(entry.usage.cache_creation_input_tokens).toBe(0);
    expect(entry.usage.cache_read_input_tokens).toBeGreaterThan(entry.usage.input_tokens);
  }
});

test('books what a summary costs and shows it in the thread', async () => {
  const standin = await startModel(reader);
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: files(), limits: small });
  const settled = journal.money.reduce(
    (sum, money) => sum + (money?.type === 'settle' ? money.actual_micro_usd : 0),
    0,
  );
  expect(settled).toBe(outcome.cost_micro_usd);
  const done = compactions(journal);
  const paid = done.flatMap((entry) => (entry.type === 'compaction' ? [entry.cost_micro_usd] : []));
  expect(Math.min(...paid)).toBeGreaterThan(0);
  const shown = outcome.events.filter(
    (event) => event.type === 'notice' && event.text.startsWith('Earlier turns were summarized'),
  );
  expect(shown).toHaveLength(done.length);
});

test('ends the same way wherever it was killed around a summary', async () => {
  const whole = testJournal();
  const first = await startModel(reader);
  const wanted = await run({ standin: first, journal: whole, tools: files(), limits: small });
  expect(compactions(whole).length).toBeGreaterThan(0);
  const paid = messageRequests(first).length;
  let repeated = 0;

  for (let boundary = 0; boundary < whole.entries.length; boundary += 1) {
    const standin = await startModel(reader);
    const before = testJournal({ dieAfter: boundary });
    const run1 = run({ standin, journal: before, tools: files(), limits: small });
    await expect(run1).rejects.toThrow(Killed);
    const inFlight = before.entries.at(-1)?.type === 'request_intent';
    repeated += inFlight ? 1 : 0;
    const after = testJournal({ entries: before.entries });
    const outcome = await run({
      standin,
      journal: after,
      tools: files(),
      limits: small,
      task: { attempt: 2 },
    });
    expect(outcome).toMatchObject({ type: 'submitted', submission, turns: wanted.turns });
    expect(compactions(after)).toHaveLength(compactions(whole).length);
    expect(messageRequests(standin)).toHaveLength(paid + (inFlight ? 1 : 0));
    expect(messageRequests(standin).every(({ status }) => status === 200)).toBe(true);
    for (const entry of after.entries) JournalEntry.parse(entry);
  }
  process.stdout.write(
    `killed at ${whole.entries.length} boundaries, ${compactions(whole).length} summaries each: ${repeated} calls in flight sent again, no other\n`,
  );
}, 180_000);

test('starts anew with a record of the work on a model that cannot summarize', async () => {
  const standin = await startModel(reader);
  const journal = testJournal();
  const outcome = await run({
    standin,
    journal,
    tools: files(),
    limits: small,
    task: { model: 'claude-haiku-4-5' },
  });
  expect(outcome.type).toBe('submitted');
  expect(compactions(journal)).toMatchObject([{ kind: 'handoff', cost_micro_usd: 0 }]);
  const bodies = messageRequests(standin).map(({ body }) => Object(body));
  expect(bodies.some(isSummary)).toBe(false);
  expect(bodies.every((body) => !('thinking' in body) && !('output_config' in body))).toBe(true);
  const fresh = bodies.find((body) => JSON.stringify(body).includes('starts anew here'));
  expect(fresh.messages.map(({ role }: { role: string }) => role)).toEqual(['user', 'user']);
  expect(JSON.stringify(fresh.messages)).not.toContain('tool_use');
});

test('starts anew when no summary comes back, and when the API refuses to make one', async () => {
  const noSummary = await startModel(reader);
  noSummary.faults.add({ type: 'no_summary' });
  const refuses = await startModel(reader);
  refuses.faults.add({ type: 'status', status: 400, when: ({ body }) => isSummary(body) });
  for (const standin of [noSummary, refuses]) {
    const journal = testJournal();
    const outcome = await run({ standin, journal, tools: files(), limits: small });
    expect(outcome.type).toBe('submitted');
    expect(compactions(journal)[0]).toMatchObject({ kind: 'handoff' });
    const failed = journal.entries.filter((entry) => entry.type === 'call_failed');
    expect(failed).toMatchObject([{ compaction: true, error: 'rejected' }]);
  }
});

test('starts anew when the API rejects what stands behind the summary', async () => {
  const standin = await startModel(reader);
  standin.faults.add({ type: 'status', status: 400, when: ({ body }) => hasBlock(body) });
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: files(), limits: small });
  expect(outcome.type).toBe('submitted');
  expect(compactions(journal).slice(0, 2)).toMatchObject([
    { kind: 'summary' },
    { kind: 'handoff' },
  ]);
});

test('asks again for a summary while the API is overloaded', async () => {
  const standin = await startModel(reader);
  standin.faults.add({
    type: 'status',
    status: 529,
    times: 2,
    when: ({ body }) => isSummary(body),
  });
  const journal = testJournal();
  const outcome = await run({ standin, journal, tools: files(), limits: small });
  expect(outcome.type).toBe('submitted');
  expect(compactions(journal)[0]).toMatchObject({ kind: 'summary' });
});

/** Thinks so much that the context is full before its answer ends. */
const thinker: Actor = (conversation) => ({ ...reader(conversation), thinking: 'y'.repeat(9_000) });

test('makes room once and asks again when the context is full', async () => {
  const standin = await startModel(thinker, { maxInputTokens: 20_000 });
  const journal = testJournal();
  const outcome = await run({
    standin,
    journal,
    tools: testTools((call) =>
      textResult(`file ${Number.parseInt(Object(call.input).file_path, 10)} of ${TURNS}`),
    ),
  });
  expect(outcome.type).toBe('submitted');
  const reasons = messageRequests(standin).map(({ stop_reason: reason }) => reason);
  expect(reasons).toContain('model_context_window_exceeded');
  expect(compactions(journal).length).toBeGreaterThan(0);
  expect(messageRequests(standin).every(({ status }) => status === 200)).toBe(true);
});

test('stops when the context is full again right after room was made', async () => {
  const standin = await startModel(
    (conversation) => ({ ...reader(conversation), thinking: 'y'.repeat(90_000) }),
    { maxInputTokens: 20_000 },
  );
  const outcome = await run({ standin, tools: files() });
  expect(outcome).toMatchObject({ type: 'stopped', cause: { code: 'context_exceeded' } });
  expect(messageRequests(standin).length).toBeLessThan(4);
});

test('stays a tenth below the step at which a model gets dearer', async () => {
  const standin = await startModel(reader);
  const journal = testJournal();
  await run({
    standin,
    journal,
    tools: testTools((call) => {
      const number = Number.parseInt(Object(call.input).file_path, 10);
      return textResult(`file ${number} of ${TURNS}\n${'x'.repeat(60_000)}`);
    }),
    task: { model: 'claude-haiku-5-5' },
  });
  expect(compactions(journal).length).toBeGreaterThan(0);
  for (const { usage } of messageRequests(standin)) {
    if (!usage) continue;
    const { input_tokens: input, cache_read_input_tokens: read } = usage;
    expect(input + read + usage.cache_creation_input_tokens).toBeLessThanOrEqual(90_000);
  }
});

const told: [string, () => Promise<readonly string[]>, string][] = [
  ['as the work tree shows them', async () => ['made.txt (new)'], '- made.txt (new)'],
  [
    'by what edit and write said when the work tree is too large to be compared',
    async () => {
      throw new UserError('too_large', 'Too large.');
    },
    '- a.ts',
  ],
];
test.each(told)('names the changed files behind a summary %s', async (_, changedFiles, line) => {
  const change = { name: 'edit', input: { file_path: 'a.ts', old_string: 'a', new_string: 'b' } };
  const standin = await startModel((conversation) =>
    conversation.messages.length === 1
      ? { toolUses: [{ ...change, id: 'toolu_first' }] }
      : reader(conversation),
  );
  const journal = testJournal();
  const answers = files();
  const tools = testTools((call) =>
    call.name === 'edit'
      ? textResult('Changed a.ts', { mutated: true })
      : answers.tools.run({ id: '', ...call }),
  );
  await run({ standin, journal, tools, limits: small, deps: { changedFiles } });
  const [note] = compactions(journal).map((entry) => entry.type === 'compaction' && entry.note);
  expect(note).toContain(`<changed_files>\n${line}\n</changed_files>`);
});
