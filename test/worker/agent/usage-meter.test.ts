import { describe, expect, it } from 'vitest';
import { createUsageMeter } from '../../../worker/agent/usage-meter.ts';

type Event = Parameters<ReturnType<typeof createUsageMeter>['see']>[0];

const usage = { input_tokens: 100, output_tokens: 1 };
const start = { type: 'message_start', message: { usage } } as unknown as Event;
const block = (type: 'thinking' | 'text') =>
  ({ type: 'content_block_start', index: 0, content_block: { type } }) as unknown as Event;
const text = (value: string) =>
  ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: value },
  }) as unknown as Event;
const end = {
  type: 'message_delta',
  delta: {},
  usage: { ...usage, output_tokens: 40 },
} as unknown as Event;

/** What a meter counts as output of a stream that goes on for so many seconds after its first events. */
function output(events: readonly Event[], { seconds = 0, max_tokens = 32_000 } = {}) {
  let clock = 1_000;
  const meter = createUsageMeter({ max_tokens, now: () => clock });
  for (const event of events) meter.see(event);
  clock += seconds * 1_000;
  return meter.read().output_tokens;
}

describe('what a stream has used', () => {
  it('is what the API says at its end', () => {
    expect(output([start, block('thinking'), text('x'.repeat(900)), end], { seconds: 60 })).toBe(
      40,
    );
  });

  it('is estimated from what was streamed when it breaks', () => {
    expect(output([start, block('text'), text('x'.repeat(900))], { seconds: 60 })).toBe(300);
  });

  it('is bounded by the time when it breaks while thinking is summarized', () => {
    expect(output([start, block('thinking')], { seconds: 10 })).toBe(2_500);
    expect(output([start, block('thinking')], { seconds: 10, max_tokens: 2_000 })).toBe(2_000);
  });
});
