/** No wait becomes longer than by this. */
const longestMoreMs = 10 * 60_000;

/**
 * Returns a wait in whole ms, of at least what was asked for and at most half as long again (ten minutes more at most).
 * Those that wait for the same thing were told the same time, and would all come back at once. `random` is from 0 to
 * below 1. What is named as the earliest time, as by GitHub's `retry-after`, is kept.
 */
export function jittered(ms: number, random: number): number {
  return Math.ceil(ms + random * Math.min(ms / 2, longestMoreMs));
}
