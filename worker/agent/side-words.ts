import type { SideResult } from '../../core/journal.ts';
import type { Finding } from './finding.ts';
import { oneLine, placeOf } from './review-prompt.ts';

/** What people read of a call beside the conversation. */
export function sideWords(
  result: SideResult,
  { cost_micro_usd, findings }: Readonly<{ cost_micro_usd: number; findings: readonly Finding[] }>,
): string {
  const cost = `$${(cost_micro_usd / 1_000_000).toFixed(4)}`;
  if (result.purpose === 'describe') {
    return result.status === 'answered'
      ? `Title and summary were written in a call of their own (${cost}).`
      : `Title and summary could not be written in a call of their own (${cost}).`;
  }
  if (result.status !== 'answered')
    return `The review in a fresh context gave no result (${cost}).`;
  const list = findings.map(
    (finding) => `${finding.severity}: ${placeOf(finding)} ${oneLine(finding.evidence, 300)}`,
  );
  const found = list.length === 0 ? 'nothing to settle' : list.join(' · ');
  return `Review in a fresh context (${cost}): ${found}`;
}
