import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { JournalEntry } from '../../../core/journal.ts';
import type { Usage } from '../../../local/standin/anthropic/message-body.ts';
import { scriptedActor } from '../../../local/standin/anthropic/scripted-actor.ts';
import { createAnthropicModel } from '../../../worker/agent/anthropic-model.ts';
import { apiKey, run, startModel, testJournal, testTools, textResult } from './support/harness.ts';

const Call = z.object({
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  /** Length of the output. */
  lines: z.number(),
  duration_ms: z.number(),
});
const Recording = z.object({
  header: JournalEntry,
  turns: z.array(z.object({ thinking: z.string(), calls: z.array(Call) })),
  /** Tokens of each request: uncached, written for 5 minutes, for an hour, read, output; and its cost in micro-USD. */
  usage: z.array(z.tuple([z.int(), z.int(), z.int(), z.int(), z.int(), z.int()])),
  total_micro_usd: z.int(),
});

const url = new URL('../../fixtures/agent/forty-turns.json', import.meta.url);
const recording = Recording.parse(JSON.parse(readFileSync(url, 'utf8')));
const MODEL_MS = 8_000;

const promptOf = (usage: Usage) =>
  usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;

/** Plays the recording on one clock for agent, tools and prompt cache. */
async function play() {
  let clock = recording.header.at;
  const now = () => clock;
  const turns = recording.turns.map(({ thinking, calls }, turn) => ({
    thinking,
    toolUses: calls.map(({ name, input }, use) => ({ name, input, id: `toolu_${turn}_${use}` })),
  }));
  const standin = await startModel(scriptedActor(turns), { now });
  const model = createAnthropicModel({ apiKey, baseURL: standin.url });
  const called = new Map(
    recording.turns.flatMap(({ calls }) => calls.map((call) => [JSON.stringify(call.input), call])),
  );
  const warnings: object[] = [];
  const outcome = await run({
    standin,
    journal: testJournal({ entries: [recording.header] }),
    tools: testTools((call) => {
      const { lines = 0, duration_ms = 0 } = called.get(JSON.stringify(call.input)) ?? {};
      clock += duration_ms;
      const text = Array.from({ length: lines }, (_, line) => `${line} of ${call.name}: a line`);
      return textResult(text.join('\n'), { duration_ms });
    }),
    deps: {
      now,
      model: async (request, signal) => {
        clock += MODEL_MS;
        return await model(request, signal);
      },
      log: { info: () => undefined, warn: (fields: object) => warnings.push(fields) },
    },
  });
  const usage = standin.requests().flatMap((request) => (request.usage ? [request.usage] : []));
  return { outcome, usage, warnings };
}

test('reads over turns 3 to 40 what ideal incremental caching would read', async () => {
  const { outcome, usage, warnings } = await play();
  expect(outcome).toMatchObject({ type: 'submitted', turns: 40 });
  let read = 0;
  let ideal = 0;
  for (const [index, turn] of usage.entries()) {
    const before = usage[index - 1];
    if (index < 2 || !before) continue;
    read += turn.cache_read_input_tokens;
    // Everything that the request before this one held.
    ideal += promptOf(before);
  }
  const share = read / ideal;
  process.stdout.write(
    `cache reads of turns 3-40: ${read} of ${ideal} ideal tokens, ${share.toFixed(5)}\n`,
  );
  expect(share).toBeGreaterThanOrEqual(0.99);
  expect(warnings).toEqual([]);
  expect(outcome.events.filter((event) => event.type === 'notice')).toEqual([]);
});

test('costs to the micro-dollar what the recording was billed', async () => {
  const { outcome, usage } = await play();
  const rows = usage.map((turn) => [
    turn.input_tokens,
    turn.cache_creation.ephemeral_5m_input_tokens,
    turn.cache_creation.ephemeral_1h_input_tokens,
    turn.cache_read_input_tokens,
    turn.output_tokens,
  ]);
  expect(rows).toEqual(recording.usage.map((row) => row.slice(0, 5)));
  const total = recording.usage.reduce((sum, [, , , , , cost]) => sum + cost, 0);
  expect(recording.total_micro_usd).toBe(total);
  expect(outcome.cost_micro_usd).toBe(recording.total_micro_usd);
});
