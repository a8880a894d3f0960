import { aboutJob } from '../core/about.ts';
import { sha256 } from '../core/ids.ts';
import type { Job } from '../core/job.ts';
import { isActive } from '../core/job-state.ts';
import type { RunningTask } from '../core/launcher.ts';
import type { RecoverDeps } from './recover-job.ts';

/** What is known of a task that runs. Times are Unix ms. */
export type StrayFacts = Readonly<{
  task: RunningTask;
  /** The job that it was started for, if there is one. */
  job: Job | undefined;
  now: number;
  /** A task that started, or a job that moved on, so shortly ago is left alone: it ends by itself. */
  graceMs: number;
}>;

/** Tells whether nobody needs a task any more, so that it only costs money. Pure. */
export function isStray({ task, job, now, graceMs }: StrayFacts): boolean {
  if (now - task.createdAt < graceMs) return false;
  if (!job) return true;
  if (now - job.state_at < graceMs) return false;
  if (!isActive(job.state) || task.attempt !== job.attempt) return true;
  // A number may be used again when an attempt did not count; the key never is.
  return task.attemptKey !== undefined && sha256(task.attemptKey) !== job.attempt_key_sha256;
}

type Deps = Pick<RecoverDeps, 'launcher' | 'jobs' | 'times' | 'now' | 'log'>;

/** Stops per run; the rest waits for the next one. */
const stopsPerRun = 20;

/**
 * Stops tasks that run without a live job. Returns how many. Stops after the one in hand when the signal says so. Throws
 * what ECS or the table throws.
 */
export async function stopStrayTasks(
  { launcher, jobs, times, now, log }: Deps,
  signal?: AbortSignal,
): Promise<number> {
  let stopped = 0;
  for (const task of await launcher.running()) {
    if (stopped >= stopsPerRun) break;
    if (now() - task.createdAt < times.CODY_START_WITHIN_MS) continue;
    const job = await jobs.get(task.jobId);
    const facts = { task, job, now: now(), graceMs: times.CODY_START_WITHIN_MS };
    if (!isStray(facts)) continue;
    const about = { ...aboutJob(task.jobId), attempt: task.attempt, task: task.taskArn };
    log.warn(about, 'Stray task stopped');
    await launcher.stop(task.taskArn, 'Its attempt is over');
    stopped += 1;
    if (signal?.aborted) break;
  }
  return stopped;
}
