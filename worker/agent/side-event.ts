import type { SideResult } from '../../core/journal.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { addUsage } from '../../core/usage.ts';
import { parseReview } from './review.ts';
import { sideWords } from './review-prompt.ts';
import type { RunState } from './run-state.ts';

/** The run after a call beside the conversation is settled: what it cost, and a line in the thread. */
export function applySideResult(state: RunState, entry: SideResult): RunState {
  return {
    ...state,
    side: { open: undefined, results: [...state.side.results, entry] },
    usage: addUsage(state.usage, entry.usage),
    cost_micro_usd: state.cost_micro_usd + entry.cost_micro_usd,
    noticeEvents: [...state.noticeEvents, sideEvent(entry)],
  };
}

function sideEvent(result: SideResult): ThreadEvent {
  const findings = result.purpose === 'review' ? parseReview(result.text) : [];
  return { type: 'notice', text: sideWords(result, findings) };
}
