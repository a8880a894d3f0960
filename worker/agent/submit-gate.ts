import type { ToolResultEntry } from '../../core/journal.ts';
import type { SubmitInput } from '../tools/definition/submit.ts';
import type { GateReport } from './agent-deps.ts';
import { type CheckRuns, uncheckedBy } from './check-runs.ts';
import { emptySubmit, reviewOfDiff } from './prompt.ts';
import { uncheckedChange } from './review-prompt.ts';

/** What becomes of a submission. `asked` counts: twice at most is it held up with a request. */
export type Verdict = Readonly<{
  submit: 'shown' | 'refused' | 'accepted';
  text: string;
  asked?: ToolResultEntry['asked'];
}>;

/** What the gate looks at. All but `report` follows from the journal, so that a restart decides the same. */
export type GateFacts = Readonly<{
  input: SubmitInput;
  report: GateReport;
  checks: CheckRuns;
  diffShown: boolean;
  /** What was asked for before. */
  asked: readonly NonNullable<ToolResultEntry['asked']>[];
  /** What the reviewer wants settled, one sentence each. */
  review: readonly string[];
}>;

const MAX_ASKED = 2;
const DIFF_MAX = 30_000;

/** A submission that counts. */
export const accepted: Verdict = { submit: 'accepted', text: 'Submitted.' };

/**
 * Decides on a valid submission that stands alone: without a diff it is asked once for it, with one the diff is shown
 * once, and a change that no passing check followed is asked for once. Pure.
 */
export function judgeSubmission(facts: GateFacts): Verdict {
  const { report, asked } = facts;
  if (report.empty) return judgeEmpty(facts);
  const mayAsk = asked.length < MAX_ASKED && !asked.includes('check');
  const command = mayAsk ? uncheckedBy(facts.checks, report.checks ?? []) : undefined;
  const unchecked = command === undefined ? [] : [uncheckedChange(command)];
  const wish = command === undefined ? {} : ({ asked: 'check' } as const);
  if (facts.diffShown) {
    return command === undefined
      ? accepted
      : { submit: 'refused', text: uncheckedChange(command), ...wish };
  }
  const findings = [...facts.review, ...report.findings, ...unchecked];
  const text = reviewOfDiff({ stat: report.stat, diff: shortened(report.diff), findings });
  return { submit: 'shown', text, ...wish };
}

/** Words alone are an answer; they are doubted only when they speak of changes that are not there. */
function judgeEmpty({ input, asked }: GateFacts): Verdict {
  const answers =
    (input.summary.trim() !== '' && input.changes.length === 0) || input.not_done.length > 0;
  if (answers || asked.includes('change') || asked.length >= MAX_ASKED) return accepted;
  return { submit: 'refused', text: emptySubmit(), asked: 'change' };
}

function shortened(diff: string): string {
  if (diff.length <= DIFF_MAX) return diff;
  const rest = diff.length - DIFF_MAX;
  return `${diff.slice(0, DIFF_MAX)}\n[${rest} more characters; use git diff to see the rest]`;
}
