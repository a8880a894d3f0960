import type { Cause } from '../../core/cause.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import { maxAttempts } from '../../core/job-state.ts';

/** What becomes of a job whose run threw. */
export type FailureDecision =
  | Readonly<{ type: 'leave' }>
  | Readonly<{
      type: 'again';
      afterMs: number;
      waitingFor: string | undefined;
      /** True when this attempt does not count. */
      free: boolean;
    }>
  | Readonly<{
      type: 'end';
      state: 'cancelled' | 'patch' | 'failed';
      cause: Cause;
      defect: boolean;
    }>;

type Facts = Readonly<{
  error: unknown;
  attempt: number;
  retryMs: number;
  publishing: boolean;
  /** Since the first attempt started. */
  ageMs: number;
  /** The patch is safe: a publication waits this long for GitHub before the patch has to do. Default: three hours. */
  longestPublishMs?: number;
}>;

/**
 * Decides by the kind of the error. A job that lost its lease is left to whoever has it now; where only the
 * publication is refused, the patch stands. Pure.
 */
export function decideFailure(facts: Facts): FailureDecision {
  const { error, publishing } = facts;
  if (error instanceof Stopped) return stopped(error);
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
  const { attempt, retryMs, publishing, ageMs, longestPublishMs = 10_800_000 } = facts;
  const waitingFor = error.message;
  if (publishing && ageMs < longestPublishMs) {
    const afterMs = Math.max(error.retryAfterMs ?? 0, retryMs * 4);
    return { type: 'again', afterMs, waitingFor, free: true };
  }
  if (!publishing && attempt < maxAttempts) {
    const afterMs = error.retryAfterMs ?? retryMs * 2 ** (attempt - 1);
    return { type: 'again', afterMs, waitingFor, free: false };
  }
  const tried = publishing ? 'for hours' : `after ${maxAttempts} attempts`;
  const sentence = `${error.message.replace(/\.$/, '')}, also ${tried}.`;
  return {
    type: 'end',
    state: publishing ? 'patch' : 'failed',
    cause: { code: error.code, sentence },
    defect: false,
  };
}

function stopped(error: Stopped): FailureDecision {
  switch (error.reason) {
    case 'lease_lost':
      return { type: 'leave' };
    case 'shutdown':
      return { type: 'again', afterMs: 0, waitingFor: undefined, free: false };
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
