import { expect, test } from 'vitest';
import type { ThreadEvent } from '../../core/thread.ts';
import { noUsage } from '../../core/usage.ts';
import { redactEvent } from '../../core/redact-event.ts';

const secret = 'canary-5f1c';
const redact = (text: string) => text.replaceAll(secret, '[redacted]');
const turn = (input: string): ThreadEvent => ({
  type: 'turn',
  index: 1,
  thinking: secret,
  text: secret,
  tools: [{ name: 'bash', input, output: secret, is_error: false, duration_ms: 1 }],
  usage: noUsage,
  cost_micro_usd: 0,
  stop_reason: 'tool_use',
});

test('leaves no part of a secret at the cut', () => {
  const event = redactEvent(turn(`${'x'.repeat(1_994)}${secret} and more`), redact);
  const text = JSON.stringify(event);
  expect(text).not.toContain('canary');
  expect(text).toContain('…');
});

test('cuts on a code point', () => {
  const event = redactEvent(turn('🙂'.repeat(2_000)), redact);
  if (event.type !== 'turn') throw new Error('Not a turn');
  const input = event.tools[0]?.input ?? '';
  expect(input.length).toBeLessThanOrEqual(2_000);
  expect(input.isWellFormed()).toBe(true);
});

test('takes secrets out of notices, outcomes and commands', () => {
  const events = [
    { type: 'notice', text: secret },
    { type: 'outcome', code: 'completed', sentence: secret },
    {
      type: 'setup',
      command: secret,
      exit_code: 0,
      timed_out: false,
      duration_ms: 1,
      output_tail: secret,
    },
  ] as const;
  for (const event of events)
    expect(JSON.stringify(redactEvent(event, redact))).not.toContain('canary');
});
