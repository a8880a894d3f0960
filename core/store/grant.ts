import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { sha256 } from '../ids.ts';
import type { Job } from '../job.ts';
import { RepositoryRef } from '../request.ts';
import type { Table } from './table.ts';
import type { TableAction } from './table-action.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/**
 * What the broker may give to a job's attempts. It is written when the request is accepted and bound to each attempt by
 * whoever starts it. Workers can write their job's item, and not this one (infra/access.ts): where they work stands here.
 * Times are Unix ms.
 */
export const Grant = z.object({
  type: z.literal('grant'),
  job_id: z.string(),
  installation_id: z.number().int(),
  repository: RepositoryRef,
  requester_id: z.number().int(),
  /** It works on a pull request, which it has to read. */
  iterates: z.boolean(),
  /** The attempt that it is bound to; none while the job waits. */
  attempt: z.number().int().optional(),
  /** sha256 (hex) of the key that the worker of this attempt shows. */
  key_sha256: z.string().optional(),
  expires_at: z.number().int().optional(),
});
export type Grant = z.infer<typeof Grant>;

const dayMs = 24 * 3_600_000;

/** A run may take a day at most (run-limits.ts), and an hour more is for its start and its end. */
const boundMs = dayMs + 3_600_000;

/** A job waits and runs for some days at most. */
const keptMs = 30 * dayMs;

/** Written with the job itself. `at` is the time now. */
export function grantAction(job: Job, at: number): TableAction {
  const { id: job_id, installation_id, repository, requester_id } = job;
  const grant: Grant = {
    type: 'grant',
    job_id,
    installation_id,
    repository,
    requester_id,
    iterates: job.iteration !== undefined,
  };
  return { type: 'put', item: { ...keys.grant(job_id), ...grant, ...ttlAt(at + keptMs) } };
}

/** Binds a job's grant to an attempt that starts now. Its condition fails for a job that nobody accepted. */
export function bindGrant(
  jobId: string,
  bound: Readonly<{ attempt: number; keySha256: string; now: number }>,
): TableAction {
  const { attempt, keySha256, now } = bound;
  return {
    type: 'update',
    key: keys.grant(jobId),
    set: {
      attempt,
      key_sha256: keySha256,
      expires_at: now + boundMs,
      ...ttlAt(now + keptMs),
    },
    when: [{ attribute: 'job_id', is: '=', value: jobId }],
  };
}

/** Takes a grant from the attempt that had it; the job waits for the next one. */
export function unbindGrant(jobId: string): TableAction {
  return {
    type: 'update',
    key: keys.grant(jobId),
    remove: ['attempt', 'key_sha256', 'expires_at'],
  };
}

/** Nothing is given for the job any more. */
export function endGrant(jobId: string): TableAction {
  return { type: 'delete', key: keys.grant(jobId) };
}

/** Returns the grant of a job, read consistently; undefined when nobody accepted it, or it has ended. */
export async function getGrant(table: Table, jobId: string): Promise<Grant | undefined> {
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
