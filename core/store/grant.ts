import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../ids.ts';
import { Job } from '../job.ts';
import type { Table } from './table.ts';
import type { TableAction } from './table-action.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** What of a job was decided when it was accepted. Where an iteration starts is found by its first attempt. */
const Accepted = Job.pick({
  installation_id: true,
  requester_id: true,
  repository: true,
  iteration: true,
  continues: true,
  approved_plan: true,
  settings: true,
  budget_micro_usd: true,
  created_at: true,
  base_branch: true,
  base_sha: true,
}).partial({ base_branch: true, base_sha: true });
type Accepted = z.infer<typeof Accepted>;

/**
 * What a job was accepted for, and which attempt may ask the broker for it. It is written when the request is accepted
 * and bound to each attempt by whoever starts it. Workers can write the items of jobs, also of others, and not this one
 * (infra/access.ts). Times are Unix ms.
 */
export const Grant = Accepted.extend({
  type: z.literal('grant'),
  job_id: z.string(),
  /** The attempt that it is bound to; none while the job waits. */
  attempt: z.number().int().optional(),
  /** sha256 (hex) of the key that the worker of this attempt shows. */
  key_sha256: z.string().optional(),
  expires_at: z.number().int().optional(),
  /** Nothing is given any more; what it was accepted for is still looked up. */
  ended: z.literal(true).optional(),
});
export type Grant = z.infer<typeof Grant>;

const dayMs = 24 * 3_600_000;

/** A run may take a day at most (run-limits.ts), and an hour more is for its start and its end. */
const boundMs = dayMs + 3_600_000;

/** A job waits and runs for some days at most. */
const keptMs = 30 * dayMs;

/** Who looks at a job later than this after its end sees what its item says. */
const endedKeptMs = 366 * dayMs;

/** Written with the job itself. `at` is the time now. */
export function grantAction(job: Job, at: number): TableAction {
  const { base_branch, base_sha, ...accepted } = Accepted.parse(job);
  const grant: Grant = {
    ...accepted,
    ...(job.iteration ? {} : { base_branch, base_sha }),
    type: 'grant',
    job_id: job.id,
  };
  return { type: 'put', item: { ...keys.grant(job.id), ...grant, ...ttlAt(at + keptMs) } };
}

/** The job as far as it has come, with everything that was decided before as it was accepted. Pure. */
export function asAccepted(job: Job, grant: Grant): Job {
  return {
    ...job,
    installation_id: grant.installation_id,
    requester_id: grant.requester_id,
    repository: grant.repository,
    iteration: grant.iteration,
    continues: grant.continues,
    approved_plan: grant.approved_plan,
    settings: grant.settings,
    budget_micro_usd: grant.budget_micro_usd,
    created_at: grant.created_at,
    base_branch: grant.base_branch ?? job.base_branch,
    base_sha: grant.base_sha ?? job.base_sha,
  };
}

/** Binds a job's grant to an attempt that starts now. Its condition fails for a job that nobody accepted. */
export function bindGrant(
  jobId: string,
  to: Readonly<{ attempt: number; keySha256: string; now: number }>,
): TableAction {
  const { attempt, keySha256, now } = to;
  return {
    type: 'update',
    key: keys.grant(jobId),
    set: {
      attempt,
      key_sha256: keySha256,
      expires_at: now + boundMs,
      ...ttlAt(now + keptMs),
    },
    when: [
      { attribute: 'job_id', is: '=', value: jobId },
      { attribute: 'ended', is: 'absent' },
    ],
  };
}

const bound = ['attempt', 'key_sha256', 'expires_at'] as const;

/**
 * Takes a grant from the attempt that had it; the job waits for the next one. It has no condition, because a job that
 * nobody accepted has to be moved as well: what that leaves is no grant, and goes by its time.
 */
export function unbindGrant(jobId: string, now: number): TableAction {
  return { type: 'update', key: keys.grant(jobId), set: ttlAt(now + keptMs), remove: bound };
}

/** Nothing is given for the job any more. What it was accepted for stays, because workers can write the job. */
export function endGrant(jobId: string, now: number): TableAction {
  const set = { ended: true, ...ttlAt(now + endedKeptMs) };
  return { type: 'update', key: keys.grant(jobId), set, remove: bound };
}

/** Returns the grant of a job, read consistently; undefined when nobody accepted it, or it has ended. */
export async function getGrant(table: Table, jobId: string): Promise<Grant | undefined> {
  const grant = await getAccepted(table, jobId);
  return grant?.ended ? undefined : grant;
}

/** The same also for a job that has ended, for whoever wants to know what was accepted. */
export async function getAccepted(table: Table, jobId: string): Promise<Grant | undefined> {
  const item = await table.get(keys.grant(jobId));
  // What was taken from a job without a grant left an item without one.
  return Grant.safeParse(item).data;
}

/** Whether a key is that of the attempt that the grant is bound to. Pure. */
export function opens(
  { attempt, key_sha256 = '', expires_at = 0 }: Grant,
  shown: Readonly<{ attempt: number; key: string; now: number }>,
): boolean {
  if (attempt !== shown.attempt || expires_at <= shown.now) return false;
  const given = Buffer.from(sha256(shown.key));
  const stored = Buffer.from(key_sha256);
  return given.length === stored.length && timingSafeEqual(given, stored);
}
