import { createRandom } from './random.ts';

/** Numbers that are the same for the same seed and purpose. */
export type Seeded = Readonly<{
  /** From 0 to below `below`. */
  below: (below: number) => number;
  pick: <T>(from: readonly T[]) => T;
  shuffle: <T>(all: readonly T[]) => readonly T[];
}>;

/** Makes a generator whose numbers depend on nothing but the seed and the purpose. */
export function seeded(seed: number, purpose: string): Seeded {
  const own = Buffer.from(purpose).reduce((hash, byte) => Math.imul(hash ^ byte, 16_777_619), seed);
  const next = createRandom(own);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    pick: (from) => {
      const found = from[below(from.length)];
      if (found === undefined) throw new Error('There is nothing to pick from');
      return found;
    },
    shuffle: (all) => {
      const left = [...all];
      return all.flatMap(() => left.splice(below(left.length), 1));
    },
  };
}
