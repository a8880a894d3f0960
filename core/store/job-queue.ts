import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { activeStates, assertTransition } from '../job-state.ts';
import type { Job } from '../job.ts';
import type { TaskSize } from '../task-size.ts';
import { asAccepted, bindGrant, getGrant, unbindGrant } from './grant.ts';
import type { JobAccess } from './job-access.ts';
import { fenceClauses, freeSlots, takeSlot, updateJob, wantReport } from './job-actions.ts';
import { dueBucket, keys } from './table-schema.ts';

/* Jobs that wait, are started, or go back to wait. */

/** How many jobs may be active at once. */
export type Admission = Readonly<{ global: number; installation: number; repository: number }>;

/** What came of asking for a slot: the started job, or the first limit that is met. */
export type StartResult =
  | Readonly<{ type: 'started'; job: Job }>
  | Readonly<{
      type: 'full';
      limit: 'global' | 'installation' | 'repository';
      /** Ids of the jobs that hold the places of the repository, when those are what is full. */
      holders: readonly string[];
    }>
  | Readonly<{ type: 'changed' }>
  /** Nobody accepted it: there is no grant. */
  | Readonly<{ type: 'ungranted' }>;

/** The attempt may have been claimed or ended already: then the note comes too late, which harms nothing. */
export async function noteTask({ table }: JobAccess, job: Job, taskArn: string): Promise<void> {
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

export type StartOptions = Readonly<{
  admission: Admission;
  attemptKeySha256: string;
  /** ms until a worker must have claimed the attempt. */
  startWithinMs: number;
}>;

/** queued → starting with the next attempt and fence, if there is a free slot everywhere. */
export async function startAttempt(
  deps: JobAccess,
  stored: Job,
  options: StartOptions,
): Promise<StartResult> {
  const now = deps.now();
  const grant = await getGrant(deps.table, stored.id);
  if (!grant) return { type: 'ungranted' };
  const job = asAccepted(stored, grant);
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
    queue_position: undefined,
    not_before: undefined,
    task_arn: undefined,
  };
  const { admission } = options;
  try {
    await deps.table.transact([
      updateJob(job, started, { states: ['queued'] }),
      bindGrant(job.id, { attempt: started.attempt, keySha256: options.attemptKeySha256, now }),
      takeSlot('global', job.id, admission.global),
      takeSlot(`installation#${job.installation_id}`, job.id, admission.installation),
      takeSlot(`repository#${job.repository.id}`, job.id, admission.repository),
      wantReport(job.request_id, now),
    ]);
    return { type: 'started', job: started };
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    if (error.index === 0) return { type: 'changed' };
    if (error.index === 1) return { type: 'ungranted' };
    const limit = slotOrder[error.index - 2] ?? 'global';
    const holders = limit === 'repository' ? await holdersOf(deps, job) : [];
    return { type: 'full', limit, holders };
  }
}

const Slot = z.object({ holders: z.set(z.string()).optional() });

async function holdersOf({ table }: JobAccess, job: Job): Promise<readonly string[]> {
  const item = await table.get(keys.slot(`repository#${job.repository.id}`));
  return [...(Slot.safeParse(item).data?.holders ?? [])];
}

const slotOrder = ['global', 'installation', 'repository'] as const;

export type RequeueChange = Readonly<{
  notBefore: number;
  waitingFor: string | undefined;
  phase?: Job['phase'];
  /** Set when no worker ran, so that waiting for capacity uses up no attempt. */
  attempt?: number;
  /** Why the attempt did not count: its host was taken away, or a service was out. */
  because?: 'interrupted' | 'outage';
  size?: TaskSize;
  /** The job is taken because its lease ran out, which must not have been renewed meanwhile. */
  sameLease?: true;
}>;

/** starting | running | publishing → queued: the slots are free, the lease and the attempt's key are dead. */
export async function requeueJob(deps: JobAccess, job: Job, change: RequeueChange): Promise<Job> {
  assertTransition(job.state, 'queued');
  const queued: Job = {
    ...job,
    state: 'queued',
    phase: change.phase ?? job.phase,
    attempt: change.because ? Math.max(0, job.attempt - 1) : (change.attempt ?? job.attempt),
    ...(change.because === 'interrupted' ? { interruptions: (job.interruptions ?? 0) + 1 } : {}),
    ...(change.because === 'outage' ? { outages: (job.outages ?? 0) + 1 } : {}),
    ...(change.size ? { size: change.size } : {}),
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
    updateJob(job, queued, { states: [job.state], sameLease: change.sameLease ?? false }),
    wantReport(job.request_id, deps.now()),
    ...freeSlots(job),
    ...(deps.grants ? [unbindGrant(job.id, deps.now())] : []),
  ]);
  return queued;
}

export type DeferChange = RequeueChange &
  Readonly<{
    /** True when it waits for something that has no queue: a place that it had is none there. */
    placeless?: boolean;
  }>;

/** A queued job goes on waiting: why, and until when the sweep leaves it alone. */
export async function deferJob(deps: JobAccess, job: Job, change: DeferChange): Promise<void> {
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
      remove: change.placeless ? ['queue_position'] : [],
      when: fenceClauses(job, ['queued']),
    },
    ...(waits ? [wantReport(job.request_id, deps.now())] : []),
  ]);
}

/** Writes down which place a waiting job has. One that does not wait any more keeps none. */
export async function placeJob(deps: JobAccess, job: Job, position: number): Promise<void> {
  try {
    await deps.table.transact([
      {
        type: 'update',
        key: keys.job(job.id),
        set: { queue_position: position },
        when: fenceClauses(job, ['queued']),
      },
      wantReport(job.request_id, deps.now()),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
