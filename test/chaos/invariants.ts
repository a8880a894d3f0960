import type { Facts } from './facts.ts';

/** The number of an invariant of DESIGN §5, or that something did not end in its time. */
export type Violation = Readonly<{
  invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 'bounded';
  text: string;
}>;

/** What the scenario allows. */
export type Expected = Readonly<{
  /** For each job of the last request the states that it may end in. */
  ends: readonly (readonly string[])[];
}>;

/** Judges a case from the outside. Returns nothing when every invariant held. */
export function judge(facts: Facts, expected: Expected): readonly Violation[] {
  void expected;
  return facts.open.map((text) => ({ invariant: 'bounded', text }));
}
