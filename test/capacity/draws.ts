import { createRandom } from '../chaos/random.ts';

/** Draws that are the same in each run. */
export type Draws = Readonly<{
  /** From 0 to below 1. */
  next: () => number;
  below: (count: number) => number;
  between: (range: readonly [number, number]) => number;
  /** Times between things that come by chance, on average `mean` apart. */
  exponential: (mean: number) => number;
  logNormal: (spread: Readonly<{ median: number; sigma: number }>) => number;
}>;

/** Returns the draws of a seed. */
export function createDraws(seed: number): Draws {
  const next = createRandom(seed);
  return {
    next,
    below: (count) => Math.floor(next() * count),
    between: ([low, high]) => low + next() * (high - low),
    exponential: (mean) => -Math.log(1 - next()) * mean,
    logNormal({ median, sigma }) {
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(sigma * normal);
    },
  };
}
