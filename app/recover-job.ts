import type { Logger } from 'pino';
import { ConditionFailed } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { Launcher } from '../core/launcher.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { Times } from '../core/times.ts';
import type { Notify } from './notify.ts';
import { type Recovery, type RecoveryFacts, recover } from './recovery.ts';
import { causes } from './causes.ts';
import { waitingFor } from './waiting.ts';

export type RecoverDeps = Readonly<{
  jobs: JobStore;
  launcher: Launcher;
  notify: Notify;
  times: Times;
  now: () => number;
  log: Logger;
}>;

/** Looks at a job and does what `recover` decides. Safe to run twice at once: each write stands under the fence. */
export async function recoverJob(
  deps: RecoverDeps,
  job: Job,
  task: RecoveryFacts['task'],
): Promise<Recovery['type']> {
  const recovery = recover({
    job,
    now: deps.now(),
    task,
    startWithinMs: deps.times.CODY_START_WITHIN_MS,
  });
  if (recovery.type === 'none') return 'none';
  try {
    await carryOut(deps, job, recovery);
  } catch (error) {
    // Someone else was quicker; the next look sees what is left to do.
    if (error instanceof ConditionFailed) return 'none';
    throw error;
  }
  deps.log.warn({ job: job.id, attempt: job.attempt, action: recovery.type }, 'Job recovered');
  return recovery.type;
}

type Action = Exclude<Recovery, { type: 'none' }>;

async function carryOut(deps: RecoverDeps, job: Job, action: Action): Promise<void> {
  if (action.type === 'send') return deps.notify.job(job);
  // The state moves first: from then on the old worker's writes fail, whether it can be stopped or not.
  await changeState(deps, job, action.type);
  if (action.stop) await stopTask(deps, job);
  if (action.type === 'requeue') {
    await deps.notify.report(job.request_id, 'later');
    await deps.notify.job(job);
    return deps.notify.wake();
  }
  return deps.notify.ended(job);
}

async function changeState(
  { jobs, now }: RecoverDeps,
  job: Job,
  type: Exclude<Action['type'], 'send'>,
): Promise<void> {
  switch (type) {
    case 'requeue':
      await jobs.requeue(job, { notBefore: now(), waitingFor: waitingFor.worker });
      return;
    case 'cancel': {
      const by = job.cancel_requested_by ?? 'Someone';
      await jobs.move(job, 'cancelled', { cause: causes.cancelled(by, job) });
      return;
    }
    case 'fail':
      await jobs.move(job, 'failed', { cause: causes.workerLost });
  }
}

async function stopTask({ launcher, log }: RecoverDeps, job: Job): Promise<void> {
  if (job.task_arn === undefined) return;
  try {
    await launcher.stop(job.task_arn, 'The attempt was given up');
  } catch (error) {
    // The fence keeps a worker that goes on from doing harm.
    log.warn({ err: error, job: job.id }, 'The old task could not be stopped');
  }
}

/** What ECS says of the job's task. */
export async function taskState(
  { launcher, log }: RecoverDeps,
  job: Job,
): Promise<RecoveryFacts['task']> {
  if (job.task_arn === undefined) return 'unknown';
  try {
    return await launcher.state(job.task_arn);
  } catch (error) {
    log.warn({ err: error, job: job.id }, 'The task could not be looked up');
    return 'unknown';
  }
}
