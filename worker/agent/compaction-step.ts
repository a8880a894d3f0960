import type { CauseCode } from '../../core/cause.ts';
import { contextCause } from './causes.ts';
import { budgetSummary, compactionCut, compactionReason } from './compaction.ts';
import { retryOf } from './retry.ts';
import { isExceeded, type RunState } from './run-state.ts';
import type { Facts, Step } from './step.ts';

// No later call would do better than the summary did.
const closedToUs: ReadonlySet<CauseCode> = new Set(['model_key_rejected', 'model_spend_limit']);

/** Makes the conversation shorter when it is due; undefined when it can go on as it is. */
export function stepOfCompaction(state: RunState, facts: Facts): Step | undefined {
  if (isSummaryRefused(state)) return { type: 'handoff' };
  const reason = compactionReason(state, facts);
  if (!reason) return undefined;
  const cut = compactionCut(state, facts);
  const again = state.compactedTurn !== undefined && state.compactedTurn === state.turns - 1;
  if (reason === 'exceeded' && (cut === undefined || (again && isExceeded(state)))) {
    return { type: 'end', ended: 'stopped', cause: contextCause() };
  }
  if (cut === undefined) return undefined;
  if (!state.header?.capabilities?.compaction) return { type: 'handoff' };
  const failures = state.failures.filter((failure) => failure.compaction);
  const retry = retryOf(failures, facts);
  if (retry.type === 'give_up') {
    return closedToUs.has(retry.cause.code)
      ? { type: 'end', ended: 'stopped', cause: retry.cause }
      : { type: 'handoff' };
  }
  const budget = budgetSummary(state, { ...facts, cut });
  if (!budget) return { type: 'handoff' };
  return { type: 'summarize', cut, wait_ms: retry.wait_ms, ...budget };
}

// The first request behind a summary was rejected: what stands behind it does not fit to it for the API.
function isSummaryRefused(state: RunState): boolean {
  const begins = state.messages[0]?.content[0]?.type === 'compaction';
  const last = state.failures.at(-1);
  const rejected = last?.error === 'rejected' && !last.compaction;
  return begins && rejected && state.compactedTurn === state.turns;
}
