import type { JournalEntry } from '../../core/journal.ts';

type Stamp = Pick<JournalEntry, 'at' | 'attempt'>;

/** How long attempts worked, in ms: for each of them the time from its first entry to its last. */
export function activeMs(entries: readonly Stamp[]): number {
  const spans = new Map<number, Readonly<{ from: number; to: number }>>();
  for (const { at, attempt } of entries) {
    spans.set(attempt, { from: spans.get(attempt)?.from ?? at, to: at });
  }
  return [...spans.values()].reduce((sum, { from, to }) => sum + Math.max(0, to - from), 0);
}
