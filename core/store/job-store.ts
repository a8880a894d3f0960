import { ConditionFailed } from '../errors.ts';
import { activeStates, assertTransition, isActive, isTerminal } from '../job-state.ts';
import { Job, type JobState } from '../job.ts';
import {
  fenceClauses,
  freeSlots,
  leaseLost,
  releaseBudget,
  takeSlot,
  updateJob,
  wantReport,
} from './job-actions.ts';
import { linkAction } from './pull-request-links.ts';
import type { Table } from './table.ts';
import { dueBucket, keys } from './table-schema.ts';

/** Fields that a worker may write beside a state change. */
export type JobChange = Partial<
  Omit<Job, 'type' | 'id' | 'request_id' | 'state' | 'fence' | 'attempt'>
>;

/** How many jobs may be active at once. */
export type Admission = Readonly<{ global: number; installation: number; repository: number }>;

/** What came of asking for a slot: the started job, or the first limit that is met. */
export type StartResult =
  | Readonly<{ type: 'started'; job: Job }>
  | Readonly<{ type: 'full'; limit: 'global' | 'installation' | 'repository' }>
  | Readonly<{ type: 'changed' }>;

/**
 * Jobs in the table. Times are Unix ms.
 *
 * Contract: every write stands under the state and fence that the given job was read with. A fenced write whose fence
 * is gone throws Stopped('lease_lost'); a change of state by someone else throws ConditionFailed.
 */
export type JobStore = ReturnType<typeof createJobStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the job operations to a table and a clock. */
export function createJobStore(deps: Deps) {
  return {
    get: (id: string) => getJob(deps, id),
    /** All jobs of a request, in the order of their ids. */
    ofRequest: (requestId: string) => jobsOfRequest(deps, requestId),
    /** Jobs waiting for a slot, oldest first. */
    queued: (limit: number) => jobsIn(deps, 'queued', limit),
    /** Jobs that occupy a slot, oldest first. */
    active: (limit: number) => activeJobs(deps, limit),
    /** Notes which task was started for the job's attempt. */
    launched: (job: Job, taskArn: string) => noteTask(deps, job, taskArn),
    start: (job: Job, options: StartOptions) => startAttempt(deps, job, options),
    claim: (options: ClaimOptions) => claimJob(deps, options),
    heartbeat: (job: Job, leaseMs: number) => heartbeat(deps, job, leaseMs),
    record: (job: Job, change: JobChange) => recordChange(deps, job, change),
    move: (job: Job, to: JobState, change?: JobChange) => moveJob(deps, job, { to, change }),
    requeue: (job: Job, change: RequeueChange) => requeueJob(deps, job, change),
    defer: (job: Job, change: RequeueChange) => deferJob(deps, job, change),
    requestCancel: (job: Job, login: string) => requestCancel(deps, job, login),
    checkFence: (job: Job) => checkFence(deps, job),
  };
}

async function getJob({ table }: Deps, id: string): Promise<Job | undefined> {
  const item = await table.get(keys.job(id));
  return item === undefined ? undefined : Job.parse(item);
}

async function jobsOfRequest({ table }: Deps, requestId: string): Promise<readonly Job[]> {
  const items = await table.query({ partition: keys.request(requestId).pk, prefix: 'JOB#' });
  return items.map((item) => Job.parse(item));
}

async function jobsIn({ table }: Deps, state: JobState, limit: number): Promise<readonly Job[]> {
  const items = await table.query({ index: 'by_state', partition: `job:${state}`, limit });
  // One that cannot be read must not keep all others waiting; the sweep counts it.
  return items.flatMap((item) => Job.safeParse(item).data ?? []);
}

async function activeJobs(deps: Deps, limit: number): Promise<readonly Job[]> {
  const found = await Promise.all(activeStates.map((state) => jobsIn(deps, state, limit)));
  return found.flat().toSorted((a, b) => a.created_at - b.created_at);
}

/** The attempt may have been claimed or ended already: then the note comes too late, which harms nothing. */
async function noteTask({ table }: Deps, job: Job, taskArn: string): Promise<void> {
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.job(job.id),
        set: { task_arn: taskArn },
        when: [
          { attribute: 'attempt', is: '=', value: job.attempt },
          { attribute: 'state', is: 'in', values: activeStates },
        ],
      },
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

type StartOptions = Readonly<{
  admission: Admission;
  attemptKeySha256: string;
  /** ms until a worker must have claimed the attempt. */
  startWithinMs: number;
}>;

/** queued → starting with the next attempt and fence, if there is a free slot everywhere. */
async function startAttempt(deps: Deps, job: Job, options: StartOptions): Promise<StartResult> {
  const now = deps.now();
  const started: Job = {
    ...job,
    state: 'starting',
    timings_ms: { ...job.timings_ms, dispatch: now - job.state_at },
    attempt: job.attempt + 1,
    fence: job.fence + 1,
    attempt_key_sha256: options.attemptKeySha256,
    state_at: now,
    due_at: now + options.startWithinMs,
    waiting_for: undefined,
    not_before: undefined,
    task_arn: undefined,
  };
  const { admission } = options;
  try {
    await deps.table.transact([
      updateJob(job, started, { states: ['queued'] }),
      takeSlot('global', job.id, admission.global),
      takeSlot(`installation#${job.installation_id}`, job.id, admission.installation),
      takeSlot(`repository#${job.repository.id}`, job.id, admission.repository),
      wantReport(job.request_id, now),
    ]);
    return { type: 'started', job: started };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.index === 0) return { type: 'changed' };
    return { type: 'full', limit: slotOrder[error.index - 1] ?? 'global' };
  }
}

const slotOrder = ['global', 'installation', 'repository'] as const;

type ClaimOptions = Readonly<{
  id: string;
  attempt: number;
  attemptKeySha256: string;
  owner: string;
  leaseMs: number;
}>;

/** starting → running (or publishing when the patch is safe already). Undefined when the attempt is not ours to take. */
async function claimJob(deps: Deps, options: ClaimOptions): Promise<Job | undefined> {
  const job = await getJob(deps, options.id);
  if (!job || job.state !== 'starting' || job.attempt !== options.attempt) return undefined;
  if (job.attempt_key_sha256 !== options.attemptKeySha256) return undefined;
  const now = deps.now();
  const claimed: Job = {
    ...job,
    state: job.phase === 'publish' ? 'publishing' : 'running',
    timings_ms: { ...job.timings_ms, claim: now - job.state_at },
    fence: job.fence + 1,
    lease_owner: options.owner,
    lease_until: now + options.leaseMs,
    due_at: now + options.leaseMs,
    state_at: now,
    started_at: job.started_at ?? now,
  };
  try {
    await deps.table.transact([
      updateJob(job, claimed, { states: ['starting'] }),
      wantReport(job.request_id, now),
    ]);
    return claimed;
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

/** Extends the lease and returns the job as it stands, with a cancel that was asked for meanwhile. */
async function heartbeat(deps: Deps, job: Job, leaseMs: number): Promise<Job> {
  const until = deps.now() + leaseMs;
  await fenced(deps, job, { lease_until: until, due_at: until });
  return (await getJob(deps, job.id)) ?? job;
}

/** A fenced write of fields that does not change the state. */
async function recordChange(deps: Deps, job: Job, change: JobChange): Promise<Job> {
  await fenced(deps, job, change);
  return { ...job, ...change };
}

async function fenced(deps: Deps, job: Job, change: JobChange): Promise<void> {
  await deps.table
    .transact([
      {
        type: 'update',
        key: keys.job(job.id),
        set: change,
        when: fenceClauses(job, ['running', 'publishing']),
      },
    ])
    .catch((error: unknown) => leaseLost(error));
}

async function checkFence(deps: Deps, job: Job): Promise<void> {
  const current = await getJob(deps, job.id);
  const held = current?.fence === job.fence && isActive(current.state);
  const leased = (current?.lease_until ?? 0) > deps.now();
  if (!held || !leased) leaseLost(new ConditionFailed('The fence is gone'));
}

/**
 * Moves a job to another state in one transaction: slots, budget and the report's counter move with it. Throws a
 * defect on an illegal step and ConditionFailed when the job is no longer as it was read.
 */
type Step = Readonly<{ to: JobState; change: JobChange | undefined }>;

async function moveJob(deps: Deps, job: Job, { to, change }: Step): Promise<Job> {
  assertTransition(job.state, to);
  const now = deps.now();
  const ended = isTerminal(to);
  const moved: Job = {
    ...job,
    ...change,
    state: to,
    state_at: now,
    ...(ended
      ? {
          ended_at: now,
          due_at: undefined,
          lease_until: undefined,
          lease_owner: undefined,
          attempt_key_sha256: undefined,
          waiting_for: undefined,
          not_before: undefined,
        }
      : {}),
  };
  await deps.table.transact([
    updateJob(job, moved, { states: [job.state], settled: ended }),
    wantReport(job.request_id, now),
    ...(ended && isActive(job.state) ? freeSlots(job) : []),
    ...(ended ? [...releaseBudget(job), ...linkAction(moved, now)] : []),
  ]);
  return moved;
}

type RequeueChange = Readonly<{
  notBefore: number;
  waitingFor: string | undefined;
  phase?: Job['phase'];
  /** Set when no worker ran, so that waiting for capacity uses up no attempt. */
  attempt?: number;
}>;

/** starting | running | publishing → queued: the slots are free, the lease and the attempt's key are dead. */
async function requeueJob(deps: Deps, job: Job, change: RequeueChange): Promise<Job> {
  assertTransition(job.state, 'queued');
  const queued: Job = {
    ...job,
    state: 'queued',
    phase: change.phase ?? job.phase,
    attempt: change.attempt ?? job.attempt,
    fence: job.fence + 1,
    state_at: deps.now(),
    not_before: change.notBefore,
    due_at: change.notBefore,
    waiting_for: change.waitingFor,
    lease_until: undefined,
    lease_owner: undefined,
    attempt_key_sha256: undefined,
  };
  await deps.table.transact([
    updateJob(job, queued, { states: [job.state] }),
    wantReport(job.request_id, deps.now()),
    ...freeSlots(job),
  ]);
  return queued;
}

/** A queued job goes on waiting: why, and until when the sweep leaves it alone. */
async function deferJob(deps: Deps, job: Job, change: RequeueChange): Promise<void> {
  const waits = job.waiting_for !== change.waitingFor;
  await deps.table.transact([
    {
      type: 'update',
      key: keys.job(job.id),
      set: {
        waiting_for: change.waitingFor,
        not_before: change.notBefore,
        due_at: change.notBefore,
        due_bucket: dueBucket,
      },
      when: fenceClauses(job, ['queued']),
    },
    ...(waits ? [wantReport(job.request_id, deps.now())] : []),
  ]);
}

/** Marks a job that has not ended; its worker sees the mark at the next heartbeat. */
async function requestCancel(deps: Deps, job: Job, login: string): Promise<void> {
  await deps.table.transact([
    {
      type: 'update',
      key: keys.job(job.id),
      set: { cancel_requested_by: login },
      when: [
        { attribute: 'state', is: 'in', values: ['queued', 'starting', 'running', 'publishing'] },
      ],
    },
  ]);
}
