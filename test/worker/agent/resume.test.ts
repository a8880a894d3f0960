import { expect, test } from 'vitest';
import type { JournalEntry } from '../../../core/journal.ts';
import { JournalEntry as JournalEntrySchema } from '../../../core/journal.ts';
import type { ActorTurn } from '../../../local/standin/anthropic/actor.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import type { ToolResult } from '../../../worker/tools/tool-result.ts';
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

const read = (path: string) => ({ name: 'read', input: { file_path: path } });
const edit = (text: string) => ({
  name: 'edit',
  input: { file_path: 'a.ts', old_string: text, new_string: `${text}!` },
});

/** Fixed ids, so that two runs can be compared byte by byte. */
function withIds(turns: readonly ActorTurn[]): ActorTurn[] {
  return turns.map((turn, index) => ({
    ...turn,
    toolUses: (turn.toolUses ?? []).map((use, position) => ({
      ...use,
      id: `toolu_${index}_${position}`,
    })),
  }));
}

const turns = withIds([
  { thinking: 'Look.', toolUses: [read('a.ts'), read('b.ts')] },
  { thinking: 'Change.', toolUses: [edit('one'), read('a.ts'), edit('two')] },
  submitTurn,
  submitTurn,
]);

const gate = async () => ({ empty: false, stat: ' a.ts | 2 +-', diff: '-1\n+2', findings: [] });
const failingSnapshot = async (): Promise<never> => {
  throw new Killed();
};
const pointer = { key: 'snapshots/x', sha256: 'b'.repeat(64), bytes: 3 };

/** What the model was given and what it said, without signatures, which are random per stand-in. */
function transcript(journal: TestJournal, sent: string): string {
  const said = journal.entries.flatMap((entry) =>
    entry.type === 'response' ? [entry.message.content] : [],
  );
  return JSON.stringify([said, sent]).replaceAll(/\\*"signature\\*":\\*"[^"\\]*\\*"/g, '');
}

function finalRequest(bodies: readonly unknown[]): string {
  return JSON.stringify(Object(bodies.at(-1)).messages);
}

async function undisturbed() {
  const standin = await startModel(scriptedActor(turns));
  const journal = testJournal();
  const tools = testTools();
  const outcome = await run({ standin, journal, tools, deps: { gate } });
  const bodies = standin.requests().map((request) => request.body);
  return { journal, outcome, tools, sent: finalRequest(bodies), requests: bodies.length };
}

function countOf(entries: readonly JournalEntry[], type: JournalEntry['type']): number {
  return entries.filter((entry) => entry.type === type).length;
}

test('ends the same way wherever it was killed and pays only the call in flight again', async () => {
  const whole = await undisturbed();
  expect(whole.outcome).toMatchObject({ type: 'submitted', submission, turns: 4 });
  const wanted = transcript(whole.journal, whole.sent);

  let interrupted = 0;
  for (let boundary = 0; boundary < whole.journal.entries.length; boundary += 1) {
    const standin = await startModel(scriptedActor(turns));
    const tools = testTools();
    const first = testJournal({ dieAfter: boundary });
    await expect(run({ standin, journal: first, tools, deps: { gate } })).rejects.toThrow(Killed);
    expect(first.entries).toHaveLength(boundary);

    const last = first.entries.at(-1);
    const second = testJournal({ entries: first.entries });
    const outcome = await run({
      standin,
      journal: second,
      tools,
      deps: { gate },
      task: { attempt: 2 },
    });
    const bodies = standin.requests().map((request) => request.body);

    expect(outcome).toMatchObject({ type: 'submitted', submission, turns: 4 });
    expect(bodies.length).toBe(whole.requests + (last?.type === 'request_intent' ? 1 : 0));
    expect(countOf(second.entries, 'response')).toBe(4);
    const lost = second.entries.filter((entry) => entry.type === 'call_failed');
    expect(lost.length).toBe(last?.type === 'request_intent' ? 1 : 0);
    if (last?.type === 'tool_start' && last.mutating) {
      interrupted += 1;
      expect(finalRequest(bodies)).toContain('may have partly run');
    } else {
      expect(transcript(second, finalRequest(bodies))).toBe(wanted);
    }
    for (const entry of second.entries) JournalEntrySchema.parse(entry);
  }
  expect(interrupted).toBe(2);
});

test('does not run a command again that had started', async () => {
  const standin = await startModel(scriptedActor(turns));
  const tools = testTools();
  const whole = await undisturbed();
  const started = whole.journal.entries.findIndex(
    (entry) => entry.type === 'tool_start' && entry.mutating,
  );
  const first = testJournal({ dieAfter: started + 1 });
  await expect(run({ standin, journal: first, tools })).rejects.toThrow(Killed);
  await run({ standin, journal: testJournal({ entries: first.entries }), tools });
  const edits = tools.calls.filter((call) => call.name === 'edit').map((call) => call.id);
  expect(edits).toEqual(['toolu_1_0', 'toolu_1_2']);
});

test('counts a lost call as spent in full', async () => {
  const standin = await startModel(scriptedActor(turns));
  const first = testJournal({ dieAfter: 2 });
  await expect(run({ standin, journal: first })).rejects.toThrow(Killed);
  const second = testJournal({ entries: first.entries });
  const outcome = await run({ standin, journal: second, task: { attempt: 2 } });
  const [lost] = second.money;
  expect(lost).toMatchObject({ type: 'settle', turns: 0 });
  if (lost?.type !== 'settle') throw new Error('No settlement');
  expect(lost.actual_micro_usd).toBe(lost.reserved_micro_usd);
  expect(outcome.cost_micro_usd).toBeGreaterThan(lost.actual_micro_usd);
});

test('keeps system text, tools and model of the first attempt', async () => {
  const standin = await startModel(scriptedActor(turns));
  const first = testJournal({ dieAfter: 8 });
  await expect(run({ standin, journal: first })).rejects.toThrow(Killed);
  const tools = testTools();
  const outcome = await run({
    standin,
    journal: testJournal({ entries: first.entries }),
    tools: { ...tools, tools: { ...tools.tools, catalog: tools.tools.catalog.slice(0, 2) } },
    task: { model: 'claude-opus-5-5', first: [{ text: 'Other', breakpoint: true }] },
  });
  expect(outcome.type).toBe('submitted');
  const bodies = standin.requests().map((request) => Object(request.body));
  expect(new Set(bodies.map((body) => body.model))).toEqual(new Set(['claude-sonnet-5-5']));
  expect(new Set(bodies.map((body) => JSON.stringify(body.tools))).size).toBe(1);
});

test('refuses a journal whose contents do not fit its hashes', async () => {
  const standin = await startModel(scriptedActor(turns));
  const first = testJournal({ dieAfter: 8 });
  await expect(run({ standin, journal: first })).rejects.toThrow(Killed);
  const changed = first.entries.map((entry) =>
    entry.type === 'run_header' ? { ...entry, system: 'Something else' } : entry,
  );
  await expect(run({ standin, journal: testJournal({ entries: changed }) })).rejects.toThrow(
    'The journal does not give the bytes that were sent',
  );
});

test('gives the recorded outcome without a call when the run had ended', async () => {
  const whole = await undisturbed();
  const standin = await startModel(scriptedActor(turns));
  const journal = testJournal({ entries: whole.journal.entries });
  const outcome = await run({ standin, journal, task: { attempt: 2 } });
  expect(outcome).toEqual(whole.outcome);
  expect(standin.requests()).toEqual([]);
  expect(journal.entries).toHaveLength(whole.journal.entries.length);
});

test('tells every event of the run again to the next attempt', async () => {
  const standin = await startModel(scriptedActor(turns));
  const whole = await undisturbed();
  const first = testJournal({ dieAfter: 12 });
  await expect(run({ standin, journal: first })).rejects.toThrow(Killed);
  const events: unknown[] = [];
  const journal = testJournal({ entries: first.entries });
  const outcome = await run({ standin, journal, deps: { gate, onEvent: (e) => events.push(e) } });
  expect(events).toEqual(outcome.events);
  expect(events).toHaveLength(whole.outcome.events.length);
});

test('takes a snapshot after each turn that changed something', async () => {
  const standin = await startModel(scriptedActor(turns));
  const journal = testJournal();
  await run({ standin, journal, deps: { snapshot: async () => pointer } });
  const snapshots = journal.entries.filter((entry) => entry.type === 'workspace');
  expect(snapshots).toMatchObject([{ turn: 2, pointer }]);
  const next = journal.entries.findIndex((entry) => entry.type === 'workspace') + 1;
  expect(journal.entries[next]?.type).toBe('request_intent');
});

test('says that changes may be missing when it was killed before their snapshot', async () => {
  const standin = await startModel(scriptedActor(turns));
  const first = testJournal();
  await expect(
    run({ standin, journal: first, deps: { snapshot: failingSnapshot } }),
  ).rejects.toThrow(Killed);
  const journal = testJournal({ entries: first.entries });
  const outcome = await run({ standin, journal, deps: { snapshot: async () => pointer } });
  expect(outcome.type).toBe('submitted');
  expect(outcome.events).toContainEqual({
    type: 'notice',
    text: expect.stringContaining('restored to its start'),
  });
});

test('every request begins with the bytes of the one before', async () => {
  const results: ToolResult[] = [
    textResult('plain'),
    textResult('', { duration_ms: 5 * 60_000 }),
    textResult('failed', { is_error: true }),
    {
      ...textResult(''),
      content: [{ type: 'image', media_type: 'image/png', data: 'iVBORw0KGgo=' }],
    },
  ];
  let seed = 7;
  const random = (max: number) => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % max;
  };
  for (let round = 0; round < 6; round += 1) {
    const many = Array.from({ length: 8 }, (_, turn) => ({
      thinking: `Thought ${turn} of ${round} ✓`,
      toolUses: Array.from({ length: 1 + random(4) }, (_, use) =>
        random(2) === 0 ? read(`${turn}-${use}.ts`) : edit(`${turn}-${use}`),
      ),
    }));
    const standin = await startModel(scriptedActor([...many, { text: 'Done' }, submitTurn]));
    for (const type of ['pause_turn', 'max_tokens_in_tool_use', 'missing_message_stop'] as const) {
      const number = 2 + random(6);
      standin.faults.add({ type, when: (target) => target.number >= number });
    }
    await run({
      standin,
      tools: testTools(() => results[random(results.length)] ?? textResult('')),
      limits: { max_turns: 14 },
    });
    const bodies = standin.requests().map((request) => Object(request.body));
    const sent = bodies.map((body) =>
      JSON.stringify([body.model, body.system, body.tools, body.messages]),
    );
    expect(sent.length).toBeGreaterThan(8);
    for (const [index, bytes] of sent.entries()) {
      // Without the two brackets that close the messages and the request.
      expect(bytes.startsWith((sent[index - 1] ?? '').slice(0, -2))).toBe(true);
    }
  }
});
