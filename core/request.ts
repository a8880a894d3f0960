import { z } from 'zod';
import { GatheredContext } from './gathered-context.ts';
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

/** Who asked when nobody did: a schedule. No account of GitHub has this id. */
export const scheduleActor: Actor = { id: 0, login: 'schedule' };

const place = {
  installation_id: z.number().int(),
  repository: RepositoryRef,
  /** Address of what was written or pressed; a schedule names the repository. */
  url: z.string(),
} as const;
const issue_number = z.number().int();
const pull_request = z.number().int();

/**
 * Where a request came from. `issue_number` is the issue or pull request that carries its status comment, and
 * `pull_request` is the same number when that is a pull request.
 */
export const RequestSource = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('issue_comment'),
    ...place,
    issue_number,
    pull_request: pull_request.optional(),
    comment_id: z.number().int(),
  }),
  /** A remark on a line of a pull request; `thread_id` is the first comment of its thread. */
  z.object({
    type: z.literal('review_comment'),
    ...place,
    issue_number,
    pull_request,
    comment_id: z.number().int(),
    thread_id: z.number().int(),
  }),
  /** A submitted review with all its remarks. */
  z.object({
    type: z.literal('review'),
    ...place,
    issue_number,
    pull_request,
    review_id: z.number().int(),
    /** The remarks that the request is about, and the threads that hear of its end, by their first comments. */
    comment_ids: z.array(z.number().int()),
    thread_ids: z.array(z.number().int()),
  }),
  /** A button of one of our check runs. A commit need not belong to a pull request. */
  z.object({
    type: z.literal('button'),
    ...place,
    issue_number: issue_number.optional(),
    pull_request: pull_request.optional(),
    check_run_id: z.number().int(),
    head_sha: z.string(),
  }),
  /** A saved prompt whose time had come; `due_at` is that time (Unix ms). */
  z.object({
    type: z.literal('schedule'),
    ...place,
    issue_number: z.undefined().optional(),
    pull_request: z.undefined().optional(),
    name: z.string(),
    due_at: z.number().int(),
    /** True when it is the schedule of a set: `repository` has the organization's file then. */
    set: z.boolean().optional(),
  }),
  /** The JSON API or the start form. */
  z.object({
    type: z.literal('api'),
    ...place,
    issue_number: z.undefined().optional(),
    pull_request: z.undefined().optional(),
  }),
]);
export type RequestSource = z.infer<typeof RequestSource>;
export type ScheduleSource = Extract<RequestSource, { type: 'schedule' }>;

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
  /** At most 200 characters on one line, for titles and branch names: the prompt's beginning, or what stands for it. */
  prompt_excerpt: z.string(),
  /** True when the prompt stands in a file that may be private while its request is public: only the excerpt is told. */
  untold: z.boolean().optional(),
  /** What the requester was looking at: JSON of `RequestContext`. */
  context: Pointer,
  model: z.string(),
  effort: Effort,
  budget_micro_usd: z.number().int().positive(),
  /** Whether the command itself named these; what it did not name was left to the files and the server. */
  asked: z.object({ model: z.boolean(), effort: z.boolean(), budget: z.boolean() }).optional(),
  draft: z.boolean().optional(),
  open_pull_request: z.boolean(),
  /** True when it only looks and posts a plan. */
  plan: z.boolean().optional(),
  /** The folder that the work stays in, relative to the root of each target. */
  path: z.string().optional(),
  /** True when a public target was allowed although the source is private. */
  allow_public: z.boolean().optional(),
  /** The request whose branches and pull requests this one keeps: it was continued, retried, rebased or approved. */
  parent: z.string().optional(),
  /** The plan that this request is the approval of, with the hash that was approved. */
  approved_plan: z.object({ request_id: z.string(), sha256: z.string() }).optional(),
  job_ids: z.array(z.string()).min(1).max(5),
  /** Unix time, ms. */
  created_at: z.number().int(),
});
export type Request = z.infer<typeof Request>;

/** A remark of a review, with the lines that it stands on. */
export const ReviewRemark = z.object({
  author: z.string(),
  body: z.string(),
  url: z.string(),
  path: z.string(),
  /** The line in the file; absent when the remark is about the whole file or is outdated. */
  line: z.number().int().optional(),
  start_line: z.number().int().optional(),
  side: z.enum(['LEFT', 'RIGHT']).optional(),
  /** The part of the diff that ends at the line. */
  hunk: z.string().optional(),
  /** True when the author might write in the repository when the request was accepted; else it is data only. */
  may_write: z.boolean(),
});
export type ReviewRemark = z.infer<typeof ReviewRemark>;

/** What stood around the command when it was accepted. Data for the model, never instructions. */
export const RequestContext = z.object({
  issue: z
    .object({
      number: z.number().int(),
      title: z.string(),
      body: z.string(),
      url: z.string(),
      author: z.string(),
    })
    .optional(),
  /** The remarks that the request is about, the oldest first: one comment with its thread, or all of a review. */
  remarks: z.array(ReviewRemark).optional(),
  /** What was read around it; absent where there is nothing around. */
  gathered: GatheredContext.optional(),
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
  /** When that body was about to be written (Unix ms): edits keep a distance. */
  status_at: z.number().int().optional(),
  /** Until when somebody without the lease may have put an older body in its place (Unix ms). */
  overwritten_at: z.number().int().optional(),
  closing_comment_id: z.number().int().optional(),
  /** The review threads that have their answer, by their first comments. */
  replied_threads: z.array(z.number().int()).optional(),
  acknowledged: z.boolean().optional(),
  lease_until: z.number().int().optional(),
  lease_owner: z.string().optional(),
  /** When the sweep looks at it (Unix ms), while the comment is behind. */
  due_at: z.number().int().optional(),
});
export type RequestReport = z.infer<typeof RequestReport>;
