import type { Logger } from 'pino';
import { aboutJob } from '../core/about.ts';
import { ConditionFailed } from '../core/errors.ts';
import { randomKey, sha256 } from '../core/ids.ts';
import type { Job } from '../core/job.ts';
import type { LaunchResult, Launcher, LaunchSpec } from '../core/launcher.ts';
import { logStage } from '../core/log-stage.ts';
import { JobsQueueMessage, webhookAttributes } from '../core/message.ts';
import type { Policy } from '../core/policy.ts';
import type { Cause } from '../core/cause.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { MalformedMessages } from '../core/store/malformed.ts';
import type { ModelPause, ModelPauses } from '../core/store/model-pause.ts';
import type { Times } from '../core/times.ts';
import { holdOf } from './hold.ts';
import type { Handle } from './ingest.ts';
import { parseJson } from './ingest.ts';
import type { Notify } from './notify.ts';
import { causes } from './causes.ts';
import { longestWaitMs, waitingFor, waitsForModel, waitsForSlot, waitsFor } from './waiting.ts';

export type DispatchDeps = Readonly<{
  jobs: JobStore;
  launcher: Launcher;
  /** Of the key that workers get. */
  pauses: ModelPauses;
  notify: Notify;
  malformed: Pick<MalformedMessages, 'record'>;
  policy: Policy;
  times: Times;
  now: () => number;
  /** From 0 to 1; spreads what waits. */
  random: () => number;
  log: Logger;
}>;

/** What came of trying to start a job. */
export type Dispatched =
  'started' | 'not_due' | 'paused' | 'full_global' | 'full_elsewhere' | 'ended';

/**
 * The handler of the jobs queue. It throws only when the table cannot be reached, or the queue to which it hands on what
 * workers tell; a waiting job stays in the table.
 */
export function createDispatch(deps: DispatchDeps): Handle {
  return async (record) => {
    // Workers may send here. Those of this attribute come from GitHub by way of another queue, and a dead letter that
    // has it counts as one whose signature was looked at: this one is done with, whatever becomes of its record.
    if (record.attributes[webhookAttributes.event] !== undefined) {
      deps.log.error({ message_id: record.id }, 'Job message says that it is a webhook');
      return deps.malformed.record({ ...record, from: 'jobs' }).catch((error: unknown) => {
        deps.log.error(
          { message_id: record.id, err: error },
          'A malformed message is not recorded',
        );
      });
    }
    const message = JobsQueueMessage.safeParse(parseJson(record.body));
    if (!message.success) {
      deps.log.error({ message_id: record.id }, 'Job message malformed');
      return deps.malformed.record({ ...record, from: 'jobs' });
    }
    switch (message.data.type) {
      case 'job':
        await dispatchJob(deps, message.data.job_id, { slotFreed: false });
        return;
      case 'report':
        return deps.notify.report(message.data.request_id, 'now');
      case 'wake':
        return deps.notify.wake();
    }
  };
}

/**
 * Starts a worker for a queued job, or writes down what it waits for. With `slotFreed` a job that waits for others is
 * tried before its time. Throws TransientError when the table cannot be reached.
 */
export async function dispatchJob(
  around: DispatchDeps,
  id: string,
  { slotFreed }: { slotFreed: boolean },
): Promise<Dispatched> {
  const deps = { ...around, log: around.log.child(aboutJob(id)) };
  const job = await deps.jobs.get(id);
  if (!job || job.state !== 'queued') return 'ended';
  try {
    if (job.cancel_requested_by !== undefined) return await cancelQueued(deps, job);
    const woken = slotFreed && (waitsForSlot(job) || waitsForModel(job));
    const due = (job.not_before ?? 0) <= deps.now() || woken;
    return due ? await startOrHold(deps, job) : 'not_due';
  } catch (error) {
    // Someone else moved the job on meanwhile; the table is the truth.
    if (error instanceof ConditionFailed) return 'ended';
    throw error;
  }
}

async function cancelQueued(deps: DispatchDeps, job: Job): Promise<Dispatched> {
  const by = job.cancel_requested_by ?? 'Someone';
  await deps.jobs.move(job, 'cancelled', { cause: causes.cancelled(by, job) });
  await deps.notify.report(job.request_id, 'now');
  return 'ended';
}

/** While the model account has met its spend limit, jobs wait but for one at a time that tries. */
async function startOrHold(deps: DispatchDeps, job: Job): Promise<Dispatched> {
  const hold = holdOf({ job, pause: await deps.pauses.read(), now: deps.now() });
  switch (hold.type) {
    case 'none':
      return startJob(deps, job);
    case 'probe':
      return startProbe(deps, job, hold.pause);
    case 'wait':
      return holdBack(deps, job, hold.until);
    case 'end':
      return endQueued(deps, job, causes.spendLimitLasts);
  }
}

async function startProbe(deps: DispatchDeps, job: Job, pause: ModelPause): Promise<Dispatched> {
  const { pauses, times, log } = deps;
  const taker = { job: job.id, ms: times.CODY_SPEND_PROBE_MS };
  if (!(await pauses.claimProbe(pause, taker))) return holdBack(deps, job, soon(deps));
  const result = await startJob(deps, job);
  if (result === 'started') log.info('Job tries the model account again');
  else await pauses.releaseProbe(job.id);
  return result;
}

/** Told once: the reason stays the same over later looks. */
async function holdBack(deps: DispatchDeps, job: Job, until: number): Promise<Dispatched> {
  const notBefore = job.not_before ?? 0;
  if (waitsForModel(job) && notBefore >= until) return 'paused';
  const waits = {
    notBefore: spread(deps, until),
    waitingFor: waitingFor.spendLimit,
    placeless: true,
  };
  await deps.jobs.defer(job, waits);
  if (!waitsForModel(job)) await deps.notify.report(job.request_id, 'later');
  return 'paused';
}

async function endQueued(deps: DispatchDeps, job: Job, cause: Cause): Promise<Dispatched> {
  deps.log.warn({ cause: cause.code }, 'Job ends before it started');
  await deps.jobs.move(job, 'failed', { cause });
  await deps.notify.report(job.request_id, 'now');
  return 'ended';
}

async function startJob(deps: DispatchDeps, job: Job): Promise<Dispatched> {
  const attemptKey = randomKey();
  const result = await deps.jobs.start(job, {
    admission: deps.policy.concurrency,
    attemptKeySha256: sha256(attemptKey),
    startWithinMs: deps.times.CODY_START_WITHIN_MS,
  });
  if (result.type === 'changed') return 'ended';
  if (result.type === 'ungranted') {
    deps.log.error('Job without a grant');
    return endQueued(deps, job, causes.ungranted);
  }
  if (result.type === 'full') {
    const waits = waitsFor(result.limit, result.holders);
    if (deps.now() - job.created_at > deps.times.CODY_LONGEST_WAIT_MS)
      return endQueued(deps, job, causes.waitedTooLong(waits));
    await deps.jobs.defer(job, { notBefore: soon(deps), waitingFor: waits });
    deps.log.info({ limit: result.limit }, 'Job waits for a slot');
    if (job.waiting_for !== waits) await deps.notify.report(job.request_id, 'later');
    return result.limit === 'global' ? 'full_global' : 'full_elsewhere';
  }
  return launch(deps, result.job, attemptKey);
}

async function launch(deps: DispatchDeps, job: Job, attemptKey: string): Promise<Dispatched> {
  const log = deps.log.child({ attempt: job.attempt });
  const launched = await ensureWorker(deps, {
    jobId: job.id,
    attempt: job.attempt,
    attemptKey,
    ...(job.size ? { size: job.size } : {}),
    ...(job.interruptions ? { steady: true } : {}),
  });
  switch (launched.type) {
    case 'started':
      await deps.jobs.launched(job, launched.taskArn);
      log.info({ task: launched.taskArn }, 'Worker started');
      logStage(log, 'launched', { from: queuedAt(job), since: job.created_at, now: deps.now() });
      await deps.notify.report(job.request_id, 'later');
      return 'started';
    case 'busy':
      log.warn({ reason: launched.reason }, 'No capacity for a worker');
      if (deps.now() - job.created_at > longestWaitMs)
        return failLaunch(deps, job, launched.reason);
      await deps.jobs.requeue(job, {
        notBefore: soon(deps),
        waitingFor: waitingFor.capacity,
        attempt: job.attempt - 1,
      });
      await deps.notify.report(job.request_id, 'later');
      return 'full_global';
    case 'failed':
      log.error({ reason: launched.reason, page: true }, 'Worker cannot be started');
      return failLaunch(deps, job, launched.reason);
  }
}

async function failLaunch(deps: DispatchDeps, job: Job, reason: string): Promise<Dispatched> {
  await deps.jobs.move(job, 'failed', { cause: causes.launchFailed(reason) });
  await deps.notify.ended(job);
  return 'ended';
}

/**
 * The answer may be lost although the worker started: asking again with the same key tells. A worker that started
 * unseen cannot claim a later start of the job, because its key is another one.
 */
async function ensureWorker(deps: DispatchDeps, spec: LaunchSpec): Promise<LaunchResult> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deps.launcher.ensure(spec);
    } catch (error) {
      deps.log.warn({ err: error }, 'The launcher did not answer');
      if (attempt === 3) return { type: 'busy', reason: 'the launcher did not answer' };
    }
  }
}

/** When a job that was started now had begun to wait. */
function queuedAt({ state_at, timings_ms }: Job): number {
  return state_at - (timings_ms?.dispatch ?? 0);
}

/** A time up to one retry distance behind: of those that wait for it one tries, and the others need not all look. */
function spread({ times, random }: DispatchDeps, until: number): number {
  return until + Math.round(times.CODY_RETRY_MS * random());
}

/** A time between one and two retry distances ahead. */
function soon({ now, times, random }: DispatchDeps): number {
  return now() + Math.round(times.CODY_RETRY_MS * (1 + random()));
}
