import type { JournalEntry } from '../../core/journal.ts';

/** How long nobody worked on the run, in ms: the gaps between its attempts, and the one that ends now. */
export function pausedTime(entries: readonly JournalEntry[], now: number): number {
  const gaps = entries.map((entry, at) => {
    const next = entries[at + 1];
    if (!next) return Math.max(0, now - entry.at);
    return next.attempt === entry.attempt ? 0 : Math.max(0, next.at - entry.at);
  });
  return gaps.reduce((sum, gap) => sum + gap, 0);
}
