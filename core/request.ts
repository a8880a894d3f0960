import { z } from 'zod';
import { Pointer } from './pointer.ts';

/** A repository as GitHub identified it when the request was accepted. The numeric id is its identity. */
export const RepositoryRef = z.object({
  id: z.number().int(),
  owner: z.string(),
  name: z.string(),
  private: z.boolean(),
});
export type RepositoryRef = z.infer<typeof RepositoryRef>;

/** A GitHub account that asked for something. The numeric id is its identity. */
export const Actor = z.object({ id: z.number().int(), login: z.string() });
export type Actor = z.infer<typeof Actor>;

/** Where a request was written: the comment, and the issue or pull request that carry its status. */
export const RequestSource = z.object({
  type: z.literal('issue_comment'),
  installation_id: z.number().int(),
  repository: RepositoryRef,
  issue_number: z.number().int(),
  /** Set when the comment stands on a pull request: its number, which is the issue number too. */
  pull_request: z.number().int().optional(),
  comment_id: z.number().int(),
  comment_url: z.string(),
});
export type RequestSource = z.infer<typeof RequestSource>;

/** How hard the model thinks: `output_config.effort` of the Messages API. */
export const Effort = z.enum(['low', 'medium', 'high', 'xhigh', 'max']);
export type Effort = z.infer<typeof Effort>;

/** One prompt of one person, with one job per target repository. Its status is derived from its jobs. */
export const Request = z.object({
  type: z.literal('request'),
  /** Ten characters derived from the semantic key of the command. */
  id: z.string(),
  semantic_key: z.string(),
  source: RequestSource,
  requester: Actor,
  /** The prompt, UTF-8 text. */
  prompt: Pointer,
  /** The first 200 characters of the prompt on one line, for titles and branch names. */
  prompt_excerpt: z.string(),
  /** What the requester was looking at: JSON of `RequestContext`. */
  context: Pointer,
  model: z.string(),
  effort: Effort,
  budget_micro_usd: z.number().int().positive(),
  draft: z.boolean().optional(),
  open_pull_request: z.boolean(),
  job_ids: z.array(z.string()).min(1).max(5),
  /** Unix time, ms. */
  created_at: z.number().int(),
});
export type Request = z.infer<typeof Request>;

/** The issue around the command. Data for the model, never instructions. */
export const RequestContext = z.object({
  issue: z.object({
    number: z.number().int(),
    title: z.string(),
    body: z.string(),
    url: z.string(),
    author: z.string(),
  }),
});
export type RequestContext = z.infer<typeof RequestContext>;

/** The state of a request's comments, written by its one writer only. */
export const RequestReport = z.object({
  type: z.literal('report'),
  request_id: z.string(),
  /** Counts state changes; the comment is behind while `rendered` is smaller. */
  wanted: z.number().int(),
  rendered: z.number().int(),
  status_comment_id: z.number().int().optional(),
  /** sha256 of the last body that was written. */
  status_sha256: z.string().optional(),
  /** When that body was written (Unix ms): edits keep a distance. */
  status_at: z.number().int().optional(),
  closing_comment_id: z.number().int().optional(),
  acknowledged: z.boolean().optional(),
  lease_until: z.number().int().optional(),
  lease_owner: z.string().optional(),
});
export type RequestReport = z.infer<typeof RequestReport>;
