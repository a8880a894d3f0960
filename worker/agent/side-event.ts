import type { SideResult } from '../../core/journal.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { parseReview } from './finding.ts';
import { sideWords } from './side-words.ts';

/** The line in the thread about the last of these calls, with what all calls for the same purpose have cost. */
export function sideEvents(results: readonly SideResult[]): readonly ThreadEvent[] {
  const last = results.at(-1);
  if (!last || last.status === 'continued') return [];
  const cost = results
    .filter(({ purpose }) => purpose === last.purpose)
    .reduce((sum, result) => sum + result.cost_micro_usd, 0);
  const findings = last.purpose === 'review' ? parseReview(last.text) : [];
  return [{ type: 'notice', text: sideWords(last, { cost_micro_usd: cost, findings }) }];
}
