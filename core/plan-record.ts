import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { sha256 } from './ids.ts';
import type { Job } from './job.ts';
import type { Request } from './request.ts';

/** A plan can be approved for this long after it was made. */
export const planLifetimeMs = 7 * 24 * 3_600_000;

/** What a request with `--plan` came to, as it was shown. Times are Unix ms. */
export const PlanRecord = z.object({
  type: z.literal('plan'),
  request_id: z.string(),
  /** Names everything that an approval is about; see `planHash`. */
  sha256: z.string().length(64),
  created_at: z.number().int(),
  expires_at: z.number().int(),
});
export type PlanRecord = z.infer<typeof PlanRecord>;

/** Returns the jobs that ended with a plan. */
export function plannedJobs(jobs: readonly Job[]): readonly Job[] {
  return jobs.filter((job) => job.state === 'planned' && job.submission !== undefined);
}

/**
 * Returns the sha256 (hex) of a plan: the request and its prompt, and for each repository the commit that was looked
 * at and what was handed in, as canonical JSON.
 */
export function planHash(request: Pick<Request, 'id' | 'prompt'>, jobs: readonly Job[]): string {
  const parts = plannedJobs(jobs).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return sha256(
    canonicalJson({
      request_id: request.id,
      prompt_sha256: request.prompt.sha256,
      jobs: parts.map(({ repository, base_branch, base_sha, submission }) => ({
        repository_id: repository.id,
        base_branch,
        base_sha,
        submission,
      })),
    }),
  );
}
