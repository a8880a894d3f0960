import { duration } from '../../core/render/duration.ts';
import { money } from '../../core/render/money.ts';
import { usageLine } from '../../core/render/tokens.ts';
import type { Submission, Verification } from '../../core/job.ts';
import type { Delivery } from './deliver.ts';
import type { JournalTotals } from './file-journal.ts';
import { plainLine, plainText } from './plain-text.ts';
import type { RunRecord } from './run-record.ts';
import { atTerminal, resumeLine } from './words.ts';
import type { WorkResult } from './work.ts';

/** Everything that is told at the end of a run. */
export type Report = Readonly<{
  record: RunRecord;
  result: WorkResult;
  delivery: Delivery;
  totals: JournalTotals;
}>;

/** What the run made: the plan, the answer, or what was changed and how it was verified. */
export function resultLines({ record, result, delivery }: Report): readonly string[] {
  const { submission } = result;
  if (record.plan) return submission ? planLines(submission) : [];
  return [
    ...(submission ? submissionLines(submission) : []),
    ...changedLines(result),
    ...deliveryLines(record, delivery),
  ];
}

/** How it ended and what it cost. */
export function closingLines({ record, result, totals }: Report): readonly string[] {
  const { sentence, next } = atTerminal(result.cause);
  const spent = `${money(totals.cost_micro_usd)} of ${money(record.budget_micro_usd)}`;
  return [
    `${plainText(sentence)}${next === undefined ? '' : ` ${next}`}`,
    ...(result.state === 'interrupted' ? [resumeLine(record.id)] : []),
    `${totals.turns} turns · ${usageLine(totals.usage)} · ${spent}`,
  ];
}

function planLines(plan: Submission): readonly string[] {
  return [
    plainLine(plan.title, 200),
    '',
    plainText(plan.summary),
    ...list('Changes', plan.changes),
    ...list('Risks', plan.risks),
    ...list('Open', plan.not_done),
  ];
}

function submissionLines(submission: Submission): readonly string[] {
  return [
    plainLine(submission.title, 200),
    '',
    plainText(submission.summary),
    ...list('Changes', submission.changes),
    ...list('Not done', submission.not_done),
    ...list('Risks', submission.risks),
    '',
  ];
}

function list(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  return ['', `${title}:`, ...items.map((item) => `- ${plainText(item)}`)];
}

function changedLines({ changes, verification }: WorkResult): readonly string[] {
  if (!changes || changes.changes.length === 0) return ['Nothing was changed.'];
  const { files, additions, deletions } = changes.stat;
  const letter = { added: 'A', modified: 'M', deleted: 'D' } as const;
  return [
    ...changes.changes.map((one) => `${letter[one.status]}  ${plainLine(one.path, 300)}`),
    `${files} ${files === 1 ? 'file' : 'files'} changed, +${additions} -${deletions}`,
    ...verificationLines(verification),
  ];
}

function verificationLines({ status, reason, commands }: Verification): readonly string[] {
  const words = {
    green: 'green',
    red: 'red: not all commands passed',
    could_not_run: 'could not run',
    none: 'none',
  }[status];
  return [
    `Verification: ${words}${reason === undefined ? '' : ` (${reason})`}`,
    ...commands.map((run) => {
      const end = run.timed_out ? 'timed out' : `exit code ${run.exit_code ?? 'none'}`;
      return `  ${plainLine(run.command, 200)} · ${end} · ${duration(run.duration_ms)}`;
    }),
  ];
}

function deliveryLines(
  { folder }: RunRecord,
  { applied, path, refusal }: Delivery,
): readonly string[] {
  return [
    ...(refusal === undefined ? [] : [plainText(refusal)]),
    ...(applied ? [`The patch was applied to ${folder}`] : []),
    ...(path === undefined ? [] : [`Patch: ${path}`]),
    ...(path === undefined || applied
      ? []
      : [`Apply it with: git -C ${quoted(folder)} apply ${quoted(path)}`]),
  ];
}

/** A path as one word of a shell line. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
