import { ConditionFailed } from '../errors.ts';
import { isActive } from '../job-state.ts';
import type { Job } from '../job.ts';
import { asAccepted, getGrant } from './grant.ts';
import { getJob, type JobAccess, type JobChange } from './job-access.ts';
import { fenceClauses, leaseLost, updateJob, wantReport } from './job-actions.ts';
import { keys } from './table-schema.ts';

/* What the worker of a job writes while it holds the lease. */

export type ClaimOptions = Readonly<{
  id: string;
  attempt: number;
  attemptKeySha256: string;
  owner: string;
  leaseMs: number;
}>;

/** starting → running (or publishing when the patch is safe already). Undefined when the attempt is not ours to take. */
export async function claimJob(deps: JobAccess, options: ClaimOptions): Promise<Job | undefined> {
  const stored = await getJob(deps, options.id);
  const grant = stored && (await getGrant(deps.table, stored.id));
  // Another worker may have written the item; what this one works on is what was accepted.
  const job = grant && asAccepted(stored, grant);
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
export async function heartbeat(deps: JobAccess, job: Job, leaseMs: number): Promise<Job> {
  const until = deps.now() + leaseMs;
  await fenced(deps, job, { lease_until: until, due_at: until });
  return (await getJob(deps, job.id)) ?? job;
}

/** A fenced write of fields that does not change the state. */
export async function recordChange(deps: JobAccess, job: Job, change: JobChange): Promise<Job> {
  await fenced(deps, job, change);
  return { ...job, ...change };
}

async function fenced(deps: JobAccess, job: Job, change: JobChange): Promise<void> {
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

export async function checkFence(deps: JobAccess, job: Job): Promise<void> {
  const current = await getJob(deps, job.id);
  const held = current?.fence === job.fence && isActive(current.state);
  const leased = (current?.lease_until ?? 0) > deps.now();
  if (!held || !leased) leaseLost(new ConditionFailed('The fence is gone'));
}
