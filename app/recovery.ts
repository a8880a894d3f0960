import type { Job } from '../core/job.ts';
import { isActive, isTerminal, maxAttempts } from '../core/job-state.ts';

/** What is known of a job that may be stuck. Times are Unix ms. */
export type RecoveryFacts = Readonly<{
  job: Job;
  now: number;
  /** `unknown` when no task was noted or ECS did not answer. */
  task: 'running' | 'gone' | 'unknown';
  startWithinMs: number;
}>;

/** What to do about it. `stop` says that a task may still be there and has to go first. */
export type Recovery =
  | Readonly<{ type: 'none' }>
  | Readonly<{ type: 'send' }>
  | Readonly<{ type: 'requeue'; stop: boolean }>
  | Readonly<{ type: 'cancel'; stop: boolean }>
  | Readonly<{ type: 'fail'; stop: boolean }>;

/** Decides about a job that is due, or whose task has stopped. */
export function recover(facts: RecoveryFacts): Recovery {
  const { job, now, task } = facts;
  if (isTerminal(job.state)) return { type: 'none' };
  if (!isActive(job.state)) return (job.due_at ?? 0) <= now ? { type: 'send' } : { type: 'none' };
  if (!isLost(facts)) return { type: 'none' };
  const stop = task !== 'gone' && job.task_arn !== undefined;
  // What has begun to be published is brought to its end: half of it would be worse than either.
  const published = job.commit_sha !== undefined || job.pull_request !== undefined;
  if (job.cancel_requested_by !== undefined && !published) return { type: 'cancel', stop };
  return { type: job.attempt < maxAttempts ? 'requeue' : 'fail', stop };
}

/** A worker is lost when its task is gone, or when it has missed its time by itself. */
function isLost({ job, now, task, startWithinMs }: RecoveryFacts): boolean {
  if (task === 'gone') return true;
  if (job.state !== 'starting') return (job.lease_until ?? 0) <= now;
  // A task that is there may still be pulling its image; it gets the same time once more.
  const grace = task === 'running' ? startWithinMs : 0;
  return (job.due_at ?? 0) + grace <= now;
}
