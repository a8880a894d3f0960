import type { Violation } from './invariants.ts';
import type { Stack, StackOptions } from './stack.ts';

/** One thing that is tried. */
export type Case = Readonly<{
  /** Names the case for ever: family, scenario, place and fault. */
  id: string;
  /** Runs it and returns what it broke. Throws when it could not be played as meant. */
  run: (stack: Stack) => Promise<readonly Violation[]>;
  /** What its stack has to be started with; cases with the same options share stacks. */
  stack?: StackOptions;
  /** A case without a stack of its own (a model on a virtual clock). */
  bare?: () => Promise<readonly Violation[]>;
}>;

/** How much is tried. */
export type Mode = 'full' | 'quick';

/** What a family makes its cases from. */
export type FamilyContext = Readonly<{
  mode: Mode;
  seed: number;
  /** A stack for reference runs; the same one for all families. */
  stack: () => Promise<Stack>;
}>;

/** Cases of one kind. The list is a function of seed, mode and reference runs alone. */
export type Family = Readonly<{
  name: 'kill' | 'call_faults' | 'messages' | 'model';
  cases: (context: FamilyContext) => Promise<readonly Case[]>;
}>;
