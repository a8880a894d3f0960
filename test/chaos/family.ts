import type { Violation } from './invariants.ts';
import type { Played, PlayOptions } from './play.ts';
import type { Scenario } from './scenarios.ts';
import type { Stack, StackOptions } from './stack.ts';

/** One thing that is tried. */
export type Case = Readonly<{
  /** Names the case for ever: family, scenario, place and fault. */
  id: string;
  /** Runs it and returns what it broke. Throws when it could not be played as meant. */
  run: (stack: Stack) => Promise<readonly Violation[]>;
  /** What its stack has to be started with; cases with the same options share stacks. */
  stack?: StackOptions;
  /** It waits for long: such cases are begun first. */
  long?: true;
  /** A case without a stack of its own (a model on a virtual clock). */
  bare?: () => Promise<readonly Violation[]>;
  /** What it is made of: when it fails, each part is played alone, to find out which one it is. */
  parts?: readonly Case[];
}>;

/** Some parts of a case have to be played alone: what they had planned never happened, or got lost among the others. */
export class Missed extends Error {
  /** Ids of the parts. */
  readonly ids: readonly string[];

  constructor(ids: readonly string[], why = 'Never hit') {
    super(`${why}: ${ids.join(', ')}`);
    this.ids = ids;
  }
}

/** The call that a case strikes was not made this time: nothing is wrong with that, and nothing was tried. */
export class NotReached extends Error {
  constructor(call: string) {
    super(`This call was never made: ${call}`);
  }
}

/** How much is tried. */
export type Mode = 'full' | 'quick';

/** What a family makes its cases from. */
export type FamilyContext = Readonly<{
  mode: Mode;
  seed: number;
  reference: Reference;
}>;

/**
 * Plays a scenario, undisturbed or with something that always happens, to see which calls there are. What was played
 * under a name is not played again, whichever family asks. Throws when even that breaks something.
 */
export type Reference = (
  scenario: Scenario,
  run?: Readonly<{ name: string; options?: (stack: Stack) => PlayOptions }>,
) => Promise<Played>;

/** Cases of one kind. The list is a function of seed, mode and reference runs alone. */
export type Family = Readonly<{
  name: 'kill' | 'call_faults' | 'messages' | 'model';
  cases: (context: FamilyContext) => Promise<readonly Case[]>;
}>;
