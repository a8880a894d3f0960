import type { Case, Family } from '../family.ts';
import { play } from '../play.ts';
import { scenarios } from '../scenarios.ts';

/** Processes that end, or stop for a while, at every step. */
export const kill: Family = {
  name: 'kill',
  cases: async () =>
    Object.values(scenarios).map((scenario): Case => ({
      id: `kill/${scenario.name}/undisturbed`,
      run: async (stack) => (await play(stack, scenario)).violations,
    })),
};
