import type { Logger } from 'pino';
import { aboutJob } from '../core/about.ts';
import type { Cause } from '../core/cause.ts';
import { ConditionFailed } from '../core/errors.ts';
import { jittered } from '../core/jittered.ts';
import type { Job } from '../core/job.ts';
import type { TaskWatch } from '../core/launcher.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { TaskSize } from '../core/task-size.ts';
import type { Times } from '../core/times.ts';
import { causes } from './causes.ts';
import type { Notify } from './notify.ts';
import { type Recovery, type RecoveryFacts, recover } from './recovery.ts';
import { taskEnd } from './task-end.ts';
import { waitingFor } from './waiting.ts';

export type RecoverDeps = Readonly<{
  jobs: JobStore;
  launcher: TaskWatch;
  notify: Notify;
  times: Times;
  /** What the task definition gives a worker. */
  taskSize: TaskSize;
  now: () => number;
  /** From 0 to below 1; spreads what waits. */
  random: () => number;
  log: Logger;
}>;

/** What is known of a job's task. */
export type TaskFacts = Pick<RecoveryFacts, 'task' | 'end'>;

/** Looks at a job and does what `recover` decides. Safe to run twice at once: each write stands under the fence. */
export async function recoverJob(
  around: RecoverDeps,
  job: Job,
  facts: TaskFacts,
): Promise<Recovery['type']> {
  const log = around.log.child({ ...aboutJob(job.id), attempt: job.attempt });
  const deps = { ...around, log };
  const recovery = recover({
    ...facts,
    job,
    now: deps.now(),
    size: deps.taskSize,
    startWithinMs: deps.times.CODY_START_WITHIN_MS,
  });
  if (recovery.type === 'none') return 'none';
  try {
    await carryOut(deps, { job, action: recovery, facts });
  } catch (error) {
    // Someone else was quicker; the next look sees what is left to do.
    if (error instanceof ConditionFailed) return 'none';
    throw error;
  }
  tell(deps, { job, action: recovery, facts });
  return recovery.type;
}

type Action = Exclude<Recovery, { type: 'none' }>;
type Doing = Readonly<{ job: Job; action: Action; facts: TaskFacts }>;

/** What no job can get past is marked for whoever is on call. */
function tell({ log }: RecoverDeps, { action, facts: { end } }: Doing): void {
  const fields = { action: action.type, ...ended(end) };
  if (action.type === 'fail' && action.because === 'cannot_start')
    log.error({ ...fields, page: true }, 'Workers cannot be started');
  else log.warn(fields, 'Job recovered');
}

function ended(end: TaskFacts['end']) {
  return end ? { end: end.type, reason: end.reason } : {};
}

async function carryOut(deps: RecoverDeps, doing: Doing): Promise<void> {
  const { job, action } = doing;
  if (action.type === 'send') return deps.notify.job(job);
  // The state moves first: from then on the old worker's writes fail, whether it can be stopped or not.
  await changeState(deps, doing);
  if (action.stop) await stopTask(deps, job);
  if (action.type === 'requeue') {
    await deps.notify.report(job.request_id, 'later');
    await deps.notify.job(job);
    return deps.notify.wake();
  }
  return deps.notify.ended(job);
}

async function changeState(
  { jobs, now, times, random }: RecoverDeps,
  { job, action, facts }: Doing,
): Promise<void> {
  // A task that is gone renews nothing; one that may be there can have done so since the job was read.
  const gone = facts.task === 'gone';
  const end = gone ? jobs.move : jobs.giveUp;
  switch (action.type) {
    case 'send':
      return;
    case 'requeue': {
      const { size, interrupted, later, once_more } = action;
      await jobs.requeue(job, {
        notBefore: now() + (later ? jittered(times.CODY_RETRY_MS, random()) : 0),
        waitingFor: size ? waitingFor.memory : waitingFor.worker,
        ...(interrupted ? { because: 'interrupted' } : {}),
        ...(size ? { size } : {}),
        ...(once_more ? { attempt: job.attempt - 1 } : {}),
        ...(gone ? {} : { sameLease: true }),
      });
      return;
    }
    case 'cancel': {
      const by = job.cancel_requested_by ?? 'Someone';
      await end(job, 'cancelled', { cause: causes.cancelled(by, job) });
      return;
    }
    case 'fail':
      await end(job, 'failed', { cause: failure(job, action, facts) });
  }
}

function failure(
  job: Job,
  { because }: Extract<Action, { type: 'fail' }>,
  { end }: TaskFacts,
): Cause {
  switch (because) {
    case 'out_of_memory':
      return causes.outOfMemory(job);
    case 'cannot_start':
      return causes.launchFailed(end?.reason.replace(/\.$/, '') ?? 'ECS gave no reason');
    case undefined:
      return causes.workerLost;
  }
}

async function stopTask({ launcher, log }: RecoverDeps, job: Job): Promise<void> {
  if (job.task_arn === undefined) return;
  try {
    await launcher.stop(job.task_arn, 'The attempt was given up');
  } catch (error) {
    // The fence keeps a worker that goes on from doing harm.
    log.warn({ err: error }, 'The old task could not be stopped');
  }
}

/** What ECS says of the job's task. */
export async function taskFacts({ launcher, log }: RecoverDeps, job: Job): Promise<TaskFacts> {
  if (job.task_arn === undefined) return { task: 'unknown' };
  try {
    const state = await launcher.state(job.task_arn);
    if (state.status === 'running') return { task: 'running' };
    return { task: 'gone', ...(state.stopped ? { end: taskEnd(state.stopped) } : {}) };
  } catch (error) {
    log.warn({ ...aboutJob(job.id), err: error }, 'The task could not be looked up');
    return { task: 'unknown' };
  }
}
