import type { Job } from '../core/job.ts';

/** Causes that the App itself gives to jobs. */
export const causes = {
  cancelled: (login: string, job: Pick<Job, 'attempt' | 'started_at'>) => ({
    code: 'cancelled_by_user' as const,
    sentence: `${login} cancelled it${job.attempt === 0 && job.started_at === undefined ? ' before it started' : ''}.`,
  }),
  launchFailed: (reason: string) => ({
    code: 'launch_failed' as const,
    sentence: `No worker could be started: ${reason}.`,
    next: 'Ask the operator of this server, then comment `/cody retry`.',
  }),
  /** Its item came into the table without a request: one that a worker wrote. */
  ungranted: {
    code: 'launch_failed' as const,
    sentence: 'This server has no record that it accepted this job.',
    next: 'Write the prompt again in a new comment.',
  },
  spendLimitLasts: {
    code: 'model_spend_limit' as const,
    sentence:
      'The spend limit of the model account was reached, and that did not change for hours.',
    next: 'Ask the operator to raise it, then comment `/cody retry`.',
  },
  waitedTooLong: (waitedFor: string) => ({
    code: 'waited_too_long' as const,
    sentence: `It waited too long for ${waitedFor}.`,
    next: 'Comment `/cody retry` to put it into the queue again.',
  }),
  outOfMemory: ({ size }: Pick<Job, 'size'>) => ({
    code: 'out_of_memory' as const,
    sentence: `The worker ran out of memory${size ? ', also with twice as much' : ''}.`,
    next: 'Split the task, or let the commands in `verify:` use less memory; then comment `/cody retry`.',
  }),
  workerLost: {
    code: 'worker_lost' as const,
    sentence: 'The worker was lost three times.',
    next: 'Comment `/cody retry` to start over; if it happens again, tell the operator.',
  },
  undeliverable: {
    code: 'undeliverable' as const,
    sentence: 'The job could not be started after several tries.',
    next: 'Comment `/cody retry`; if it happens again, tell the operator.',
  },
};
