import type { Cause } from '../../core/cause.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import { maxAttempts } from '../../core/job-state.ts';

/** What becomes of a job whose run threw. */
export type FailureDecision =
  | Readonly<{ type: 'leave' }>
  | Readonly<{ type: 'again'; afterMs: number; waitingFor: string | undefined }>
  | Readonly<{
      type: 'end';
      state: 'cancelled' | 'patch' | 'failed';
      cause: Cause;
      defect: boolean;
    }>;

type Facts = Readonly<{ error: unknown; attempt: number; retryMs: number; publishing: boolean }>;

/**
 * Decides by the kind of the error. A job that lost its lease is left to whoever has it now; where only the
 * publication is refused, the patch stands. Pure.
 */
export function decideFailure({ error, attempt, retryMs, publishing }: Facts): FailureDecision {
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
  if (error instanceof TransientError && attempt < maxAttempts) {
    const afterMs = error.retryAfterMs ?? retryMs * 2 ** (attempt - 1);
    return { type: 'again', afterMs, waitingFor: error.message };
  }
  if (error instanceof TransientError) {
    const sentence = `${error.message.replace(/\.$/, '')}, also after ${maxAttempts} attempts.`;
    return { type: 'end', state: 'failed', cause: { code: error.code, sentence }, defect: false };
  }
  return diskFull(error) ?? defect;
}

function stopped(error: Stopped): FailureDecision {
  switch (error.reason) {
    case 'lease_lost':
      return { type: 'leave' };
    case 'shutdown':
      return { type: 'again', afterMs: 0, waitingFor: undefined };
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
