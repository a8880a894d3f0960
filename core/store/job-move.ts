import { assertTransition, isActive, isTerminal } from '../job-state.ts';
import type { Job, JobState } from '../job.ts';
import { endGrant } from './grant.ts';
import type { JobAccess, JobChange } from './job-access.ts';
import { freeSlots, releaseBudget, updateJob, wantReport } from './job-actions.ts';
import { linkAction } from './pull-request-links.ts';

/**
 * Moves a job to another state in one transaction: slots, budget and the report's counter move with it. Throws a
 * defect on an illegal step and ConditionFailed when the job is no longer as it was read.
 */
export type Step = Readonly<{
  to: JobState;
  change: JobChange | undefined;
  /** The job is taken because its lease ran out, which must not have been renewed meanwhile. */
  sameLease?: true;
}>;

export async function moveJob(deps: JobAccess, job: Job, step: Step): Promise<Job> {
  const { to, change, sameLease = false } = step;
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
          queue_position: undefined,
          not_before: undefined,
        }
      : {}),
  };
  await deps.table.transact([
    updateJob(job, moved, { states: [job.state], settled: ended, sameLease }),
    wantReport(job.request_id, now),
    ...(ended && isActive(job.state) ? freeSlots(job) : []),
    ...(ended ? [...releaseBudget(job), ...linkAction(moved, now)] : []),
    ...(ended && deps.grants ? [endGrant(job.id, now)] : []),
  ]);
  if (ended) deps.onEnd?.(moved);
  return moved;
}
