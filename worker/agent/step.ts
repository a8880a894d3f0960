import type { Cause, CauseCode } from '../../core/cause.ts';
import type { Submission } from '../../core/job.ts';
import type { NoticeEntry } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import type { SummaryBudget } from './compaction.ts';
import type { AgentLimits } from './limits.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** What the loop does next. */
export type Step =
  | Readonly<{ type: 'tools'; calls: readonly ToolCall[] }>
  | Readonly<{ type: 'submit'; call: ToolCall }>
  | Readonly<{ type: 'answer_calls'; calls: readonly ToolCall[]; text: string }>
  | Readonly<{ type: 'snapshot' }>
  | Readonly<{ type: 'notice'; kind: NoticeEntry['kind']; text: string; code?: CauseCode }>
  | (Readonly<{ type: 'summarize'; cut: number; wait_ms: number }> & SummaryBudget)
  | Readonly<{ type: 'handoff' }>
  | Readonly<{ type: 'call'; max_tokens: number; reserve_micro_usd: number; wait_ms: number }>
  | Readonly<{
      type: 'end';
      ended: 'submitted' | 'stopped';
      cause: Cause;
      submission?: Submission;
    }>;

/** What the decision stands on besides the run's own state. `now` is Unix ms, `random` in [0, 1). */
export type Facts = Readonly<{
  now: number;
  /** How long the run has been worked on. */
  elapsed_ms: number;
  random: number;
  price: PriceRow;
  limits: AgentLimits;
  canSnapshot: boolean;
  /** When this attempt went on with the run, Unix ms. */
  began?: number;
}>;
