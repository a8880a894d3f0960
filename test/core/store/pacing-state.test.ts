import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  earliestStart,
  type PacingLimits,
  PacingState,
  type Wish,
  withoutFuture,
  withStart,
} from '../../../core/store/pacing-state.ts';

const limits: PacingLimits = {
  contentPerMinute: 8,
  contentPerHour: 20,
  minuteMs: 60_000,
  distanceMs: 1_000,
};

const content: Wish = { content: true, urgency: 'normal' };

/** Starts as many writes as come, each as early as it may, and returns when. */
function startAll(arrivals: readonly Readonly<{ after: number; wish: Wish }>[]) {
  let state = PacingState.parse({});
  let now = 1_000_000;
  const starts: { at: number; wish: Wish }[] = [];
  for (const { after, wish } of arrivals) {
    now += after;
    const at = earliestStart(state, { wish, limits, now });
    state = withStart(state, { wish, limits, at });
    starts.push({ at, wish });
  }
  return { starts, state, now };
}

function mostWithin(times: readonly number[], windowMs: number): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length),
  );
}

const Wishes = fc.record({
  content: fc.boolean(),
  urgency: fc.constantFrom<Wish['urgency']>('normal', 'low'),
});

describe('the starts of writes', () => {
  it('keep both limits in any window, and their distance, however they arrive', () => {
    const arrival = fc.record({ after: fc.integer({ min: 0, max: 30_000 }), wish: Wishes });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 120 }), (arrivals) => {
        const { starts } = startAll(arrivals);
        const counted = starts.filter(({ wish }) => wish.content).map(({ at }) => at);
        expect(mostWithin(counted, 60_000)).toBeLessThanOrEqual(8);
        expect(mostWithin(counted, 3_600_000)).toBeLessThanOrEqual(20);
        const gaps = starts.slice(1).map(({ at }, index) => at - (starts[index]?.at ?? 0));
        expect(Math.min(1_000, ...gaps)).toBe(1_000);
      }),
      { numRuns: 60 },
    );
  });

  it('are at once while there is room, and never wait longer than a tenth over the window', () => {
    const { starts } = startAll(Array.from({ length: 9 }, () => ({ after: 0, wish: content })));
    const [first = 0, ...others] = starts.map(({ at }) => at - 1_000_000);
    expect(first).toBe(0);
    expect(others.slice(0, 7)).toEqual([1, 2, 3, 4, 5, 6, 7].map((second) => second * 1_000));
    expect(others[7]).toBeGreaterThanOrEqual(60_000);
    expect(others[7]).toBeLessThanOrEqual(67_000);
  });

  it('leave the last fifth of a limit to what is urgent', () => {
    const { state, now } = startAll(Array.from({ length: 6 }, () => ({ after: 0, wish: content })));
    const later = now + 10_000;
    const low = { ...content, urgency: 'low' as const };
    expect(earliestStart(state, { wish: content, limits, now: later })).toBe(later);
    expect(earliestStart(state, { wish: low, limits, now: later })).toBeGreaterThan(later + 40_000);
  });

  it('of Git objects keep the distance and need no room', () => {
    const { state, now } = startAll(Array.from({ length: 8 }, () => ({ after: 0, wish: content })));
    const git = { content: false, urgency: 'normal' as const };
    expect(earliestStart(state, { wish: git, limits, now })).toBe(now + 8_000);
  });

  it('wait for the end of a pause', () => {
    const state = PacingState.parse({ version: 1, paused_until: 5_000 });
    expect(earliestStart(state, { wish: content, limits, now: 1_000 })).toBe(5_000);
  });

  it('are not kept waiting by a clock that was a day ahead', () => {
    const { state, now } = startAll(Array.from({ length: 8 }, () => ({ after: 0, wish: content })));
    const day = 24 * 3_600_000;
    const slices = state.minute.map(([slice, count]) => [slice + day / 3_000, count] as const);
    const ahead = { ...state, next_at: now + day, paused_until: now + day };
    const healed = withoutFuture(PacingState.parse({ ...ahead, minute: slices }), { limits, now });
    expect(earliestStart({ ...healed, hour: [] }, { wish: content, limits, now })).toBe(now);
  });

  it('still wait for a pause of an hour, and count what was promised for a moment later', () => {
    const { state, now } = startAll(Array.from({ length: 8 }, () => ({ after: 0, wish: content })));
    const paused = { ...state, paused_until: now + 3_600_000 };
    expect(withoutFuture(paused, { limits, now })).toEqual(paused);
  });
});
