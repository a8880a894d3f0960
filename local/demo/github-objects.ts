import { z } from 'zod';

/** A comment on an issue or pull request. */
export const Comment = z.object({
  id: z.number(),
  body: z.string(),
  html_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  user: z.object({ login: z.string(), type: z.string() }),
});
export type Comment = z.infer<typeof Comment>;

export const Reaction = z.object({
  content: z.string(),
  user: z.object({ login: z.string() }),
});
export type Reaction = z.infer<typeof Reaction>;

export const PullRequest = z.object({
  number: z.number(),
  title: z.string(),
  body: z.string().nullable(),
  html_url: z.string(),
  state: z.string(),
  draft: z.boolean(),
  user: z.object({ login: z.string() }),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string(), sha: z.string() }),
});
export type PullRequest = z.infer<typeof PullRequest>;

export const CheckRun = z.object({
  id: z.number(),
  name: z.string(),
  head_sha: z.string(),
  status: z.string(),
  conclusion: z.string().nullable(),
  html_url: z.string().nullable(),
  output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
});
export type CheckRun = z.infer<typeof CheckRun>;
