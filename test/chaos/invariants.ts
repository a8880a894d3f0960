import type { Facts } from './facts.ts';
import { judgeEffects } from './judge/effects.ts';
import { judgeEnds } from './judge/ends.ts';
import { judgeFence } from './judge/fence.ts';
import { judgeMoney } from './judge/money.ts';
import { judgeReach } from './judge/reach.ts';
import { judgeTranscripts } from './judge/transcripts.ts';

/** The number of an invariant of DESIGN §5, or that something did not end in its time. */
export type Violation = Readonly<{
  invariant: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 'bounded';
  text: string;
}>;

/** What the scenario allows. */
export type Expected = Readonly<{
  /** Requests that there have to be; undefined: any number. */
  requests?: number;
  /** For each job of the last request the states that it may end in. */
  ends: readonly (readonly string[])[];
}>;

/** Judges a case from the outside. Returns nothing when every invariant held. */
export function judge(facts: Facts, expected: Expected): readonly Violation[] {
  const open = facts.open.map((text) => ({ invariant: 'bounded' as const, text }));
  return [
    ...open,
    ...judgeEnds(facts, expected),
    ...judgeEffects(facts),
    ...judgeFence(facts),
    ...judgeMoney(facts),
    ...judgeReach(facts, expected),
    ...judgeTranscripts(facts),
  ];
}
