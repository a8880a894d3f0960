import { z } from '@hono/zod-openapi';
import { causeGuide } from '../../../core/cause-guide.ts';
import { Cause, CauseCode } from '../../../core/cause.ts';
import {
  CheckRunRef,
  type Job,
  JobState,
  JobTimings,
  PullRequestRef,
  Submission,
  Verification,
} from '../../../core/job.ts';
import { Effort } from '../../../core/request.ts';
import { Usage } from '../../../core/usage.ts';
import { MicroUsd, RepositoryDocument, Time } from './schema.ts';

/** One target repository of a request, as the API shows it. */
export const JobDocument = z
  .object({
    id: z.string(),
    request_id: z.string(),
    repository: RepositoryDocument,
    base_branch: z.string(),
    base_sha: z.string(),
    state: JobState,
    waiting_for: z.string().optional(),
    queue_position: z.number().int().optional(),
    attempt: z.number().int(),
    model: z.string(),
    effort: Effort,
    created_at: Time,
    state_at: Time,
    started_at: Time.optional(),
    ended_at: Time.optional(),
    budget_micro_usd: MicroUsd,
    cost_micro_usd: MicroUsd,
    usage: Usage,
    turns: z.number().int(),
    branch: z.string().optional(),
    commit_sha: z.string().optional(),
    pull_request: PullRequestRef.optional(),
    check_run: CheckRunRef.optional(),
    verification: Verification.optional(),
    submission: Submission.optional(),
    timings_ms: JobTimings.optional(),
    has_thread: z.boolean(),
    has_patch: z.boolean(),
    cause: Cause.extend({
      code: CauseCode,
      guide: z
        .object({ when: z.string(), next: z.string() })
        .openapi({ description: 'What docs/outcomes.md says of the code. Markdown.' }),
    }).optional(),
  })
  .openapi('Job');
export type JobDocument = z.infer<typeof JobDocument>;

/** Returns what may be seen of a job by those who may read its repository. */
export function jobDocument(job: Job): JobDocument {
  const { cause, started_at, ended_at } = job;
  return {
    id: job.id,
    request_id: job.request_id,
    repository: job.repository,
    base_branch: job.base_branch,
    base_sha: job.base_sha,
    state: job.state,
    waiting_for: job.waiting_for,
    queue_position: job.queue_position,
    attempt: job.attempt,
    model: job.model,
    effort: job.effort,
    created_at: isoTime(job.created_at),
    state_at: isoTime(job.state_at),
    started_at: started_at === undefined ? undefined : isoTime(started_at),
    ended_at: ended_at === undefined ? undefined : isoTime(ended_at),
    budget_micro_usd: job.budget_micro_usd,
    cost_micro_usd: job.cost_micro_usd,
    usage: job.usage,
    turns: job.turns,
    branch: job.branch,
    commit_sha: job.commit_sha,
    pull_request: job.pull_request,
    check_run: job.check_run,
    verification: job.verification,
    submission: job.submission,
    timings_ms: job.timings_ms,
    has_thread: job.thread !== undefined,
    has_patch: job.patch !== undefined,
    cause: cause && { ...cause, guide: causeGuide[cause.code] },
  };
}

/** A time in ms as text. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
