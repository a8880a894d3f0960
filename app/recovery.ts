import type { Job } from '../core/job.ts';
import { isActive, isTerminal, maxAttempts, maxInterruptions } from '../core/job-state.ts';
import { twiceTheMemory, type TaskSize } from '../core/task-size.ts';
import type { TaskEnd } from './task-end.ts';

/** What is known of a job that may be stuck. Times are Unix ms. */
export type RecoveryFacts = Readonly<{
  job: Job;
  now: number;
  /** `unknown` when no task was noted or ECS did not answer. */
  task: 'running' | 'gone' | 'unknown';
  /** Why the task is gone, when ECS still tells. */
  end?: TaskEnd | undefined;
  /** What the task definition gives to a worker. */
  size?: TaskSize | undefined;
  startWithinMs: number;
}>;

/** What to do about it. `stop` says that a task may still be there and has to go first. */
export type Recovery =
  | Readonly<{ type: 'none' }>
  | Readonly<{ type: 'send' }>
  | Readonly<{
      type: 'requeue';
      stop: boolean;
      /** The host was taken away: that uses up no attempt. */
      interrupted?: true;
      /** Of all later attempts. */
      size?: TaskSize;
      /** It was the last attempt, and is made once more. */
      once_more?: true;
      /** Not at once: the platform has to come back first. */
      later?: true;
    }>
  | Readonly<{ type: 'cancel'; stop: boolean }>
  | Readonly<{ type: 'fail'; stop: boolean; because?: 'out_of_memory' | 'cannot_start' }>;

/** Decides about a job that is due, or whose task has stopped. Pure. */
export function recover(facts: RecoveryFacts): Recovery {
  const { job, now, task } = facts;
  if (isTerminal(job.state)) return { type: 'none' };
  if (!isActive(job.state)) return (job.due_at ?? 0) <= now ? { type: 'send' } : { type: 'none' };
  if (!isLost(facts)) return { type: 'none' };
  const stop = task !== 'gone' && job.task_arn !== undefined;
  // What has begun to be published is brought to its end: half of it would be worse than either.
  const published = job.commit_sha !== undefined || job.pull_request !== undefined;
  if (job.cancel_requested_by !== undefined && !published) return { type: 'cancel', stop };
  return task === 'gone' ? afterEnd(facts) : again(job, { stop });
}

function again(job: Job, how: Omit<Extract<Recovery, { type: 'requeue' }>, 'type'>): Recovery {
  if (job.attempt < maxAttempts) return { type: 'requeue', ...how };
  return { type: 'fail', stop: how.stop };
}

/** What follows from the way in which the task ended. */
function afterEnd({ job, end, size }: RecoveryFacts): Recovery {
  const stop = false;
  const larger = job.size === undefined && size ? twiceTheMemory(size) : undefined;
  switch (end?.type) {
    case 'out_of_memory':
      return larger ? withMore(job, larger) : { type: 'fail', stop, because: 'out_of_memory' };
    case 'killed':
      return killed(job, larger);
    case 'interrupted':
      return (job.interruptions ?? 0) < maxInterruptions
        ? { type: 'requeue', stop, interrupted: true }
        : again(job, { stop });
    case 'image':
    case 'config':
      return { type: 'fail', stop, because: 'cannot_start' };
    case 'infrastructure':
      return again(job, { stop, later: true });
    case 'ended':
    case undefined:
      return again(job, { stop });
  }
}

/** Mostly its supervisor or the kernel took it for its memory. With more of it, and for the last time, it had too little. */
function killed(job: Job, larger: TaskSize | undefined): Recovery {
  if (larger && job.attempt >= maxAttempts) return withMore(job, larger);
  const next = again(job, larger ? { stop: false, size: larger } : { stop: false });
  return next.type === 'fail' && job.size ? { ...next, because: 'out_of_memory' } : next;
}

/** Memory is raised once, so that even the last attempt may be made again with more of it. */
function withMore({ attempt }: Job, size: TaskSize): Recovery {
  const last = attempt >= maxAttempts;
  return { type: 'requeue', stop: false, size, ...(last ? { once_more: true } : {}) };
}

/** A worker is lost when its task is gone, or when it has missed its time by itself. */
function isLost({ job, now, task, startWithinMs }: RecoveryFacts): boolean {
  if (task === 'gone') return true;
  if (job.state !== 'starting') return (job.lease_until ?? 0) <= now;
  // A task that is there may still be pulling its image; it gets the same time once more.
  const grace = task === 'running' ? startWithinMs : 0;
  return (job.due_at ?? 0) + grace <= now;
}
