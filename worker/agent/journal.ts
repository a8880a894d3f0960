import type { JournalEntry } from '../../core/journal.ts';
import type { JournalMoney } from '../../core/store/journal-store.ts';

/** Money that moves with an entry, in micro-USD. `turns` is 1 for a complete answer, else 0. */
export type Money = JournalMoney;

/**
 * The run's append-only record.
 * Contract: `append` resolves only when the entry is stored, and money moves in the same transaction. It throws
 * Stopped('lease_lost', …) when the fence is gone and Stopped('limit', 'budget_exhausted', …) when a reservation does
 * not fit; then nothing was stored. `read` returns the entries of earlier attempts in the order of `seq`.
 */
export type Journal = Readonly<{
  read: () => Promise<readonly JournalEntry[]>;
  append: (entry: JournalEntry, money?: Money) => Promise<void>;
}>;
