import type { Case, Family } from '../family.ts';
import type { Violation } from '../invariants.ts';
import { playModel } from '../play-model.ts';

const sizes = {
  quick: 6,
  full: 100,
} as const;

/** Commands of one random run at the most. */
const length = 160;

/** Random runs of a case. */
const runs = 20;

/** A run that fails is made smaller for this long. */
const shrinkMs = 60_000;

/**
 * Random runs of the real handlers, stores and worker parts on a virtual clock, many jobs and workers at once. Each case
 * is a function of the seed and its number.
 */
export const model: Family = {
  name: 'model',
  cases: async ({ mode, seed }) => {
    return Array.from({ length: sizes[mode] }, (_, index) => modelCase(index + 1, seed));
  },
};

/** What the case with this number plays. */
export function modelRuns(number: number, seed: number) {
  return { seed: seed * 10_000 + number, runs, length } as const;
}

function modelCase(number: number, seed: number): Case {
  const bare = async (): Promise<readonly Violation[]> => {
    const found = await playModel({ ...modelRuns(number, seed), shrinkMs });
    const told = found.counterexample ? ` (${found.counterexample})` : '';
    return found.violations.map(({ invariant, text }) => ({
      invariant,
      text: `${text}${told}`,
    }));
  };
  return { id: `model/${number}`, bare, run: bare };
}
