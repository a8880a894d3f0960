import { z } from 'zod';
import type { Job } from '../job.ts';
import type { Table } from './table.ts';
import type { TableAction } from './table-action.ts';
import { keys } from './table-schema.ts';

/** One request's work on one pull request of a repository: it opened it, or pushed to it. */
export const PullRequestLink = z.object({
  type: z.literal('pull_request'),
  request_id: z.string(),
  job_id: z.string(),
  repository_id: z.number().int(),
  number: z.number().int(),
  /** Unix time, ms. */
  created_at: z.number().int(),
});
export type PullRequestLink = z.infer<typeof PullRequestLink>;

/** A pull request as its repository's numeric id and its number name it. */
export type PullRequestKey = Readonly<{ repository_id: number; number: number }>;

/** Notes the pull request of a job that ends, if it has one; written with the terminal state. */
export function linkAction(job: Job, at: number): readonly TableAction[] {
  const number = job.pull_request?.number;
  if (number === undefined) return [];
  const link: PullRequestLink = {
    type: 'pull_request',
    request_id: job.request_id,
    job_id: job.id,
    repository_id: job.repository.id,
    number,
    created_at: at,
  };
  const item = { ...keys.pullRequest(job.request_id, job.repository.id), ...link };
  return [{ type: 'put', item: { ...item, pull_request_key: indexKey(link) } }];
}

/** Returns the requests that worked on a pull request, the oldest first; none when Cody did not open it. */
export async function linksOf(
  table: Table,
  which: PullRequestKey,
): Promise<readonly PullRequestLink[]> {
  const items = await table.query({ index: 'by_pull_request', partition: indexKey(which) });
  return items.map((item) => PullRequestLink.parse(item));
}

function indexKey({ repository_id, number }: PullRequestKey): string {
  return `pull#${repository_id}#${number}`;
}
