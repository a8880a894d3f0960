import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jittered } from '../../core/jittered.ts';

const waits = fc.integer({ min: 0, max: 86_400_000 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a wait with a random share', () => {
  it('is never shorter than what was asked for, and not much longer', () => {
    fc.assert(
      fc.property(waits, randoms, (ms, random) => {
        const wait = jittered(ms, random);
        expect(wait).toBeGreaterThanOrEqual(ms);
        expect(wait).toBeLessThanOrEqual(Math.ceil(Math.min(ms * 1.5, ms + 600_000)));
        expect(Number.isInteger(wait)).toBe(true);
      }),
    );
  });

  it('grows with its share, so that equal draws come at equal times', () => {
    fc.assert(
      fc.property(waits, randoms, randoms, (ms, one, other) => {
        const [low, high] = one < other ? [one, other] : [other, one];
        expect(jittered(ms, low)).toBeLessThanOrEqual(jittered(ms, high));
      }),
    );
  });

  it('spreads those that were told the same time', () => {
    const times = Array.from({ length: 60 }, (_, index) => jittered(60_000, index / 60));
    expect(new Set(times).size).toBe(60);
    expect(jittered(0, 0.9)).toBe(0);
  });
});
