import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../core/journal.ts';
import { continueThread, emptyLiveThread, liveEvents } from '../../core/live-thread.ts';
import { noUsage } from '../../core/usage.ts';

const secret = 'canary-5f1c';
const redact = (text: string) => text.replaceAll(secret, '[redacted]');
const stamp = (seq: number) => ({ seq, at: seq, attempt: 1 });

const response = (seq: number, turn: number): JournalEntry => ({
  ...stamp(seq),
  type: 'response',
  turn,
  message: {
    role: 'assistant',
    content: [
      { type: 'text', text: `Turn ${turn} with ${secret}` },
      { type: 'tool_use', id: `t${turn}`, name: 'bash', input: { command: `echo ${secret}` } },
    ],
  },
  usage: { ...noUsage, cache_creation_1h_input_tokens: 0 },
  stop_reason: 'tool_use',
  cost_micro_usd: 10,
});

const result = (seq: number, turn: number): JournalEntry => ({
  ...stamp(seq),
  type: 'tool_result',
  tool_use_id: `t${turn}`,
  result: {
    content: [{ type: 'text', text: 'done' }],
    is_error: false,
    mutated: false,
    duration_ms: 5,
  },
});

const notice = (seq: number): JournalEntry => ({
  ...stamp(seq),
  type: 'notice',
  kind: 'nudge',
  text: `Go on, ${secret}`,
});

const entries = [response(1, 1), result(2, 1), notice(3), response(4, 2), result(5, 2)];

describe('the thread of a run that goes on', () => {
  it('tells turns with their results and what the harness said, without secrets', () => {
    const thread = continueThread(emptyLiveThread, entries, redact);
    const events = liveEvents(thread, redact);
    expect(events.map(({ type }) => type)).toEqual(['turn', 'notice', 'turn']);
    expect(events[0]).toMatchObject({ index: 1, tools: [{ name: 'bash', output: 'done' }] });
    expect(JSON.stringify(events)).not.toContain(secret);
    expect(thread.seq).toBe(5);
  });

  it('is the same read at once and entry by entry', () => {
    const steps = entries.reduce(
      (thread, entry) => continueThread(thread, [entry], redact),
      emptyLiveThread,
    );
    expect(steps).toEqual(continueThread(emptyLiveThread, entries, redact));
  });

  it('shows a turn before its tools have ended', () => {
    const events = liveEvents(continueThread(emptyLiveThread, [response(1, 1)], redact), redact);
    expect(events).toMatchObject([{ type: 'turn', index: 1, tools: [] }]);
  });
});
