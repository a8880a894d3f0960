import type { Case, Family } from '../family.ts';
import type { Violation } from '../invariants.ts';
import { playModel } from '../play-model.ts';

const sizes = {
  quick: { cases: 6, runs: 20 },
  full: { cases: 100, runs: 20 },
} as const;

/** Commands of one random run at the most. */
const length = 160;

/** A run that fails is made smaller for this long. */
const shrinkMs = 60_000;

/**
 * Random runs of the real handlers, stores and worker parts on a virtual clock, many jobs and workers at once. Each case
 * is a function of the seed and its number.
 */
export const model: Family = {
  name: 'model',
  cases: async ({ mode, seed }) => {
    const { cases, runs } = sizes[mode];
    return Array.from({ length: cases }, (_, index) => modelCase(index + 1, { seed, runs }));
  },
};

function modelCase(number: number, { seed, runs }: Readonly<{ seed: number; runs: number }>): Case {
  const bare = async (): Promise<readonly Violation[]> => {
    const found = await playModel({ seed: seed * 10_000 + number, runs, length, shrinkMs });
    const told = found.counterexample ? ` (${found.counterexample})` : '';
    return found.violations.map(({ invariant, text }) => ({
      invariant,
      text: `${text}${told}`,
    }));
  };
  return { id: `model/${number}`, bare, run: bare };
}
