import type { Cause, CauseCode } from '../../core/cause.ts';
import { duration } from '../../core/render/duration.ts';
import { money } from '../../core/render/money.ts';
import type { RunRecord } from './run-record.ts';

/** Why nothing started. */
export const keyMissing =
  'ANTHROPIC_API_KEY is missing: set it in the environment. It is kept in memory only.';

/** Why nothing started. */
export const dirtyBefore =
  'The folder has uncommitted changes, so --apply would mix them with the patch. Commit or stash them, start from them with --with-changes, or leave --apply away to get a patch file.';

/** Why a patch that should be applied stands in a file. */
export const dirtyAfter =
  'The patch was not applied: the folder has changed since the run started.';

/** Why a patch that should be applied stands in a file. */
export const unfinished = 'The patch was not applied: the run did not come to its own end.';

/** Why a patch that should be applied stands in a file; `reason` is git's. */
export function refusedByGit(reason: string): string {
  return `The patch was not applied, git refused it: ${reason}`;
}

/** Why the patch stands in the run's own folder; `reason` is the system's. */
export function notWritten(reason: string): string {
  return `The patch file could not be written (${reason}).`;
}

/** The first lines: what it may cost, and where everything is. */
export function openingLines(record: RunRecord, folder: string): readonly string[] {
  const from = record.with_changes ? 'its uncommitted changes' : 'HEAD';
  return [
    `Budget: ${money(record.budget_micro_usd)}. ${record.model} answers (effort ${record.effort}); this costs money.`,
    `Run ${record.id} works on a copy of ${from} of ${record.folder} (${record.branch}, ${record.head_sha.slice(0, 10)}).`,
    `Limits: ${record.turns} turns, ${duration(record.minutes * 60_000)}. Log and journal: ${folder}`,
  ];
}

/** How to go on with a run that was interrupted. */
export function resumeLine(id: string): string {
  return `Go on with: npm run agent -- --resume ${id}`;
}

/** Shown when the signal to stop came. */
export const stopping = 'Stopping. Press Ctrl-C again to end at once.';

/** The agent came to its own end. */
export const completed: Cause = { code: 'completed', sentence: 'The agent finished its work.' };

/** Ctrl-C. */
export const interrupted: Cause = {
  code: 'cancelled_by_user',
  sentence: 'The run was interrupted.',
};

/** A fault of this program, not of the task. */
export function defectCause(logFile: string): Cause {
  return {
    code: 'internal_error',
    sentence: 'The run failed because of an internal error.',
    next: `Details are in ${logFile}`,
  };
}

/** The cause as it is told at a terminal: a next step there is an option, not a comment. */
export function atTerminal(cause: Cause): Cause {
  const { code, sentence } = cause;
  const next = nextSteps.get(code) ?? withoutComment(cause.next);
  return { code, sentence, ...(next === undefined ? {} : { next }) };
}

const nextSteps: ReadonlyMap<CauseCode, string> = new Map([
  ['budget_exhausted', 'Run it again with a higher --budget, or with a smaller task.'],
  ['token_limit', 'Run it again with a smaller task.'],
  ['turn_limit', 'Run it again with more --turns, or with a smaller task.'],
  ['time_limit', 'Run it again with more --minutes, or with a smaller task.'],
  ['stuck', 'Run it again with a more precise prompt.'],
  ['context_exceeded', 'Run it again with a smaller task.'],
  ['model_key_rejected', 'Check ANTHROPIC_API_KEY.'],
  ['model_spend_limit', 'Raise the spend limit of the account.'],
]);

/** A next step that speaks of comments on GitHub is of no use here. */
function withoutComment(next: string | undefined): string | undefined {
  return next?.includes('/cody') ? undefined : next;
}
