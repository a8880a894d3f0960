import { z } from '@hono/zod-openapi';
import type { Job } from '../../../core/job.ts';
import type { RequestStatus } from '../../../core/request-status.ts';
import { Effort, type Request } from '../../../core/request.ts';
import { isoTime, JobDocument, jobDocument } from './job-document.ts';
import { MicroUsd, PersonDocument, RepositoryDocument, Time } from './schema.ts';

/** What the jobs of a request come to. */
export const RequestStatusName = z.enum([
  'queued',
  'running',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
]);

/** A request as the API shows it. What was said and where is null for those who may read a target only. */
export const RequestDocument = z
  .object({
    id: z.string(),
    status: RequestStatusName,
    created_at: Time,
    requester: PersonDocument,
    source: z
      .object({
        type: z.enum(['issue_comment', 'review_comment', 'review', 'button', 'schedule', 'api']),
        repository: RepositoryDocument,
        issue_number: z.number().int().optional(),
        url: z.string(),
      })
      .nullable()
      .openapi({ description: 'Null when you may not read the repository where it was asked.' }),
    prompt_excerpt: z.string().nullable(),
    model: z.string(),
    effort: Effort,
    plan: z.boolean(),
    parent: z.string().optional().openapi({
      description: 'The request that this one goes on with: it was retried or continued.',
    }),
    budget_micro_usd: MicroUsd,
    cost_micro_usd: MicroUsd,
    may_act: z.boolean().openapi({ description: 'Whether you may cancel, retry and continue it.' }),
    jobs: z.array(JobDocument).openapi({ description: 'Those in repositories that you may read.' }),
  })
  .openapi('Request');
export type RequestDocument = z.infer<typeof RequestDocument>;

/** A request with all of its prompt. */
export const WholeRequestDocument = RequestDocument.extend({
  prompt: z.string().nullable(),
}).openapi('WholeRequest');
export type WholeRequestDocument = z.infer<typeof WholeRequestDocument>;

/** What a viewer may see of a request: its jobs in repositories that they may read, and perhaps its source. */
export type SeenRequest = Readonly<{
  request: Request;
  jobs: readonly Job[];
  /** Of all its jobs where its source is seen, whose comments tell it anyway; else of those that are seen. */
  status: RequestStatus;
  source: boolean;
  mayAct: boolean;
}>;

/** Returns what a viewer is shown of a request. Sums are those of the jobs that are shown. */
export function requestDocument(seen: SeenRequest): RequestDocument {
  const { request, jobs, status, source, mayAct } = seen;
  const { type, repository, issue_number, url } = request.source;
  const sum = (value: (job: Job) => number) => jobs.reduce((total, job) => total + value(job), 0);
  return {
    id: request.id,
    status,
    created_at: isoTime(request.created_at),
    requester: request.requester,
    source: source ? { type, repository, issue_number, url } : null,
    prompt_excerpt: source ? request.prompt_excerpt : null,
    model: request.model,
    effort: request.effort,
    plan: request.plan === true,
    parent: request.parent,
    budget_micro_usd: sum((job) => job.budget_micro_usd),
    cost_micro_usd: sum((job) => job.cost_micro_usd),
    may_act: mayAct,
    jobs: jobs.map(jobDocument),
  };
}
