import type { Cause, CauseCode } from '../../core/cause.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { maxAttempts, maxInterruptions } from '../../core/job-state.ts';
import { waits } from '../../core/waits.ts';

/** What becomes of a job whose run threw. */
export type FailureDecision =
  | Readonly<{ type: 'leave' }>
  | Readonly<{
      type: 'again';
      afterMs: number;
      waitingFor: string | undefined;
      /** Why this attempt does not count. */
      because?: 'interrupted' | 'outage';
    }>
  | Readonly<{
      type: 'end';
      state: 'cancelled' | 'patch' | 'failed';
      cause: Cause;
      defect: boolean;
    }>;

type Facts = Readonly<{
  error: unknown;
  job: Pick<Job, 'attempt' | 'interruptions' | 'outages'>;
  retryMs: number;
  publishing: boolean;
  /** Since the first attempt started. */
  ageMs: number;
  /** A job waits no longer than this for what is out. */
  longestWaitMs: number;
  /** The same once its patch is safe. */
  longestPublishMs?: number;
}>;

/**
 * Decides by the kind of the error. A job that lost its lease is left to whoever has it now; where only the
 * publication is refused, the patch stands. Pure.
 */
export function decideFailure(facts: Facts): FailureDecision {
  const { error, publishing } = facts;
  if (error instanceof Stopped) return stopped(error, facts);
  if (error instanceof UserError) {
    const cause = { code: error.code, sentence: error.message };
    return {
      type: 'end',
      state: publishing ? 'patch' : 'failed',
      cause: error.next ? { ...cause, next: error.next } : cause,
      defect: false,
    };
  }
  if (error instanceof TransientError) return transient(error, facts);
  return diskFull(error) ?? defect;
}

function transient(error: TransientError, facts: Facts): FailureDecision {
  const { job, retryMs, publishing, ageMs, longestWaitMs } = facts;
  const longest = publishing ? (facts.longestPublishMs ?? longestWaitMs) : longestWaitMs;
  const waitingFor = waitOf(error.code);
  // The patch is safe, and what is out comes back: that is no reason to fail.
  const mayWait = publishing || outages.has(error.code);
  if (mayWait && ageMs < longest) {
    const afterMs = Math.max(error.retryAfterMs ?? 0, outageWait(job, { retryMs, publishing }));
    return { type: 'again', afterMs, waitingFor, because: 'outage' };
  }
  if (!mayWait && job.attempt < maxAttempts) {
    const afterMs = error.retryAfterMs ?? retryMs * 2 ** (job.attempt - 1);
    return { type: 'again', afterMs, waitingFor };
  }
  const tried = mayWait ? 'for hours' : `after ${maxAttempts} attempts`;
  const sentence = `${error.message.replace(/\.$/, '')}, also ${tried}.`;
  return {
    type: 'end',
    state: publishing ? 'patch' : 'failed',
    cause: { code: error.code, sentence },
    defect: false,
  };
}

/** What is out for everybody, and for long at times. */
const outages: ReadonlySet<CauseCode> = new Set(['github_unavailable', 'model_spend_limit']);

function waitOf(code: CauseCode): string {
  if (code === 'model_spend_limit') return waits.spendLimit;
  return code === 'github_unavailable' ? waits.github : waits.service;
}

/** Longer each time; a patch that only has to be published is tried more often than a worker that starts anew. */
function outageWait(
  { outages: before = 0 }: Facts['job'],
  { retryMs, publishing }: Pick<Facts, 'retryMs' | 'publishing'>,
): number {
  return retryMs * 4 * 2 ** Math.min(before, publishing ? 3 : 5);
}

function stopped(error: Stopped, { job }: Facts): FailureDecision {
  switch (error.reason) {
    case 'lease_lost':
      return { type: 'leave' };
    case 'shutdown':
      return {
        type: 'again',
        afterMs: 0,
        waitingFor: undefined,
        ...((job.interruptions ?? 0) < maxInterruptions ? { because: 'interrupted' } : {}),
      };
    case 'cancelled':
    case 'limit': {
      const state = error.reason === 'cancelled' ? 'cancelled' : 'failed';
      return {
        type: 'end',
        state,
        cause: { code: error.code, sentence: error.message },
        defect: false,
      };
    }
  }
}

function diskFull(error: unknown): FailureDecision | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && (at.code === 'ENOSPC' || at.code === 'EDQUOT')) {
      const sentence = 'The worker ran out of disk space.';
      return {
        type: 'end',
        state: 'failed',
        cause: { code: 'disk_full', sentence },
        defect: false,
      };
    }
  }
  return undefined;
}

const defect: FailureDecision = {
  type: 'end',
  state: 'failed',
  cause: {
    code: 'internal_error',
    sentence: 'Something went wrong inside Cody; the operator finds the details in the log.',
  },
  defect: true,
};
