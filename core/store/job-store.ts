import { activeStates } from '../job-state.ts';
import { Job, type JobState } from '../job.ts';
import { Request } from '../request.ts';
import { asAccepted, endGrant, getAccepted } from './grant.ts';
import { getJob, isOwnJob, type JobAccess, type JobChange } from './job-access.ts';
import { type ClaimOptions, checkFence, claimJob, heartbeat, recordChange } from './job-lease.ts';
import { moveJob } from './job-move.ts';
import {
  type DeferChange,
  deferJob,
  noteTask,
  placeJob,
  type RequeueChange,
  requeueJob,
  startAttempt,
  type StartOptions,
} from './job-queue.ts';
import { keys, workOf } from './table-schema.ts';

/**
 * Jobs in the table. Times are Unix ms.
 *
 * Contract: every write stands under the state and fence that the given job was read with. A fenced write whose fence
 * is gone throws Stopped('lease_lost'); a change of state by someone else throws ConditionFailed.
 */
export type JobStore = ReturnType<typeof createJobStore>;

/** Binds the job operations to a table and a clock. */
export function createJobStore(deps: JobAccess) {
  return {
    get: (id: string) => getJob(deps, id),
    /**
     * All jobs of a request, in the order of their ids. Where grants may be written they come as they were accepted,
     * because workers can write them.
     */
    ofRequest: (requestId: string) => jobsOfRequest(deps, requestId),
    /** The jobs of a request that were accepted with it, and as they were accepted; no other ones. */
    acceptedOf: (request: Pick<Request, 'id' | 'job_ids'>) => acceptedOf(deps, request),
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
    /** Ends a job whose lease ran out, unless it was renewed since the job was read. */
    giveUp: (job: Job, to: 'cancelled' | 'failed', change: JobChange) =>
      moveJob(deps, job, { to, change, sameLease: true }),
    requeue: (job: Job, change: RequeueChange) => requeueJob(deps, job, change),
    defer: (job: Job, change: DeferChange) => deferJob(deps, job, change),
    /** Notes the place of a waiting job in the queue, from 1. */
    place: (job: Job, position: number) => placeJob(deps, job, position),
    requestCancel: (job: Job, login: string) => requestCancel(deps, job, login),
    checkFence: (job: Job) => checkFence(deps, job),
    /** Nothing is given for these jobs any more, and none of them can be started again. */
    endGrants: (jobs: readonly Job[]) =>
      deps.table.transact(jobs.map(({ id }) => endGrant(id, deps.now()))),
  };
}

async function jobsOfRequest(deps: JobAccess, requestId: string): Promise<readonly Job[]> {
  const stored = await storedOf(deps, requestId);
  if (!deps.grants) return stored;
  const jobs = await Promise.all(
    stored.map(async (job) => ({ job, granted: await accepted(deps, job) })),
  );
  // Grants are kept for a year: of older jobs the request tells, which no worker can write either.
  const listed = jobs.every(({ granted }) => granted) ? [] : await listedIn(deps, requestId);
  return jobs.flatMap(({ job, granted }) => granted ?? (listed.includes(job.id) ? job : []));
}

async function listedIn({ table }: JobAccess, requestId: string): Promise<readonly string[]> {
  const item = await table.get(keys.request(requestId));
  return item === undefined ? [] : Listing.parse(item).job_ids;
}

const Listing = Request.pick({ job_ids: true });

async function acceptedOf(
  deps: JobAccess,
  { id, job_ids }: Pick<Request, 'id' | 'job_ids'>,
): Promise<readonly Job[]> {
  const stored = await storedOf(deps, id);
  const listed = stored.filter((job) => job_ids.includes(job.id));
  const jobs = await Promise.all(listed.map((job) => accepted(deps, job)));
  return jobs.filter((job) => job !== undefined);
}

async function accepted({ table }: JobAccess, job: Job): Promise<Job | undefined> {
  const grant = await getAccepted(table, job.id);
  return grant && asAccepted(job, grant);
}

/** A worker can write items: one that says it is another job must not stand for it. */
async function storedOf(deps: JobAccess, requestId: string): Promise<readonly Job[]> {
  const items = await deps.table.query({ partition: workOf(requestId), prefix: 'JOB#' });
  return items.flatMap((item) => {
    if (isOwnJob(item)) return [Job.parse(item)];
    deps.onForeign?.({ request: requestId });
    return [];
  });
}

async function jobsIn(
  { table }: JobAccess,
  state: JobState,
  limit: number,
): Promise<readonly Job[]> {
  const items = await table.query({ index: 'by_state', partition: `job:${state}`, limit });
  // One that cannot be read, or is another's, must not keep all others waiting; the sweep counts it.
  return items.flatMap((item) => (isOwnJob(item) ? (Job.safeParse(item).data ?? []) : []));
}

async function activeJobs(deps: JobAccess, limit: number): Promise<readonly Job[]> {
  const found = await Promise.all(activeStates.map((state) => jobsIn(deps, state, limit)));
  return found.flat().toSorted((a, b) => a.created_at - b.created_at);
}

/** Marks a job that has not ended; its worker sees the mark at the next heartbeat. */
async function requestCancel(deps: JobAccess, job: Job, login: string): Promise<void> {
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
