import type { CallFailed, CallFailureClass } from '../../core/journal.ts';
import type { Cause, CauseCode } from '../../core/cause.ts';

/** What the person reads when a limit ended the run: the budget's words for every code but those named. */
export function limitCause(code: CauseCode): Cause {
  const words = limitWords.get(code) ?? {
    sentence: 'The budget of this job is used up.',
    next: 'Comment `/cody continue` to go on with as much again, or `/cody` with a smaller task.',
  };
  return { code, ...words };
}

const limitWords: ReadonlyMap<CauseCode, Readonly<{ sentence: string; next: string }>> = new Map([
  [
    'out_of_memory',
    {
      sentence: 'Commands of the run used more memory or processes than they may, several times.',
      next: 'Comment `/cody continue` with a smaller task, or let `verify:` run less at once.',
    },
  ],
  [
    'disk_full',
    {
      sentence: 'Commands of the run used more disk than they may, several times.',
      next: 'Comment `/cody continue` with a task that writes less.',
    },
  ],
  [
    'turn_limit',
    {
      sentence: 'The run reached its limit of turns.',
      next: 'Comment `/cody continue` to go on from here, or `/cody` with a smaller task.',
    },
  ],
  [
    'token_limit',
    {
      sentence: 'The run reached its limit of tokens.',
      next: 'Comment `/cody continue` to go on from here, or `/cody` with a smaller task.',
    },
  ],
  [
    'time_limit',
    {
      sentence: 'The run reached its time limit.',
      next: 'Comment `/cody continue` to go on from here, or `/cody` with a smaller task.',
    },
  ],
  [
    'stuck',
    {
      sentence: 'The run went round in circles and was ended.',
      next: 'Comment `/cody` with a more precise prompt.',
    },
  ],
]);

/** The agent ended by itself and said what it did. */
export function completedCause(): Cause {
  return { code: 'completed', sentence: 'The agent finished its work.' };
}

/** What the person reads when the model ended without saying anything that can be used. */
export function noAnswerCause(): Cause {
  return {
    code: 'stuck',
    sentence: 'The model ended without an answer that can be used.',
    next: 'Write the prompt again in a new comment, more precisely.',
  };
}

/** What the person reads when someone cancelled the job. */
export function cancelledCause(): Cause {
  return { code: 'cancelled_by_user', sentence: 'The job was cancelled.' };
}

/** What the person reads when the model refused; `detail` is the API's reason. */
export function refusalCause(detail: string | undefined): Cause {
  return {
    code: 'model_refused',
    sentence: `The model refused the task${detail ? ` (${detail})` : ''}.`,
    next: 'Rephrase the prompt, or choose another model with `--model`.',
  };
}

/** What the person reads when the conversation no longer fits. */
export function contextCause(): Cause {
  return {
    code: 'context_exceeded',
    sentence: 'The conversation no longer fits into the context of the model.',
    next: 'Comment `/cody` with a smaller task, for instance one folder at a time.',
  };
}

/** What the person reads when the model stopped for a reason that this version does not know. */
export function unknownStopCause(reason: string): Cause {
  return {
    code: 'internal_error',
    sentence: `The model stopped for a reason that is not known here (${reason.slice(0, 60)}).`,
    next: 'Write the prompt again in a new comment; if it happens again, update Cody.',
  };
}

/** What the person reads when calls of the model failed for good. */
export function failureCause(failure: CallFailed): Cause {
  const words = failureWords[failure.error];
  const detail = failure.error === 'rejected' ? ` (${failure.detail})` : '';
  return { code: words.code, sentence: `${words.sentence}${detail}.`, next: words.next };
}

const retryLater = 'Write the prompt again in a new comment later.';
const unavailable = {
  code: 'model_unavailable',
  sentence: 'The model API could not be reached or did not answer in full',
  next: retryLater,
} as const;

const failureWords: Readonly<
  Record<CallFailureClass, Readonly<{ code: CauseCode; sentence: string; next: string }>>
> = {
  rate_limited: {
    code: 'model_rate_limited',
    sentence: 'The model API kept answering that its rate limit is reached',
    next: retryLater,
  },
  overloaded: {
    code: 'model_overloaded',
    sentence: 'The model API kept answering that it is overloaded',
    next: retryLater,
  },
  server_error: unavailable,
  connection: unavailable,
  broken: unavailable,
  stalled: unavailable,
  aborted: unavailable,
  worker_lost: unavailable,
  key_rejected: {
    code: 'model_key_rejected',
    sentence: 'The model API did not accept the key of this Cody',
    next: 'Ask the operator to check `ANTHROPIC_API_KEY`, then write the prompt again in a new comment.',
  },
  spend_limit: {
    code: 'model_spend_limit',
    sentence: 'The spend limit of the model account is reached',
    next: 'Ask the operator to raise it, then write the prompt again in a new comment.',
  },
  context_exceeded: {
    code: 'context_exceeded',
    sentence: 'The conversation no longer fits into the context of the model',
    next: 'Comment `/cody` with a smaller task, for instance one folder at a time.',
  },
  rejected: {
    code: 'model_rejected_request',
    sentence: 'The model API rejected the request',
    next: 'Choose another model with `--model`, or show this to the operator.',
  },
};
