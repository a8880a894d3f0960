import type { JournalEntry } from '../../core/journal.ts';
import type { Usage } from '../../core/usage.ts';

/** Money that moves with an entry, in micro-USD. `turns` is 1 for a complete answer, else 0. */
export type Money =
  | Readonly<{ type: 'reserve'; micro_usd: number }>
  | Readonly<{
      type: 'settle';
      reserved_micro_usd: number;
      actual_micro_usd: number;
      usage: Usage;
      turns: number;
    }>;

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
