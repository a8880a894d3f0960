import { z } from 'zod';
import type { Policy } from '../../../core/policy.ts';
import { Account, eventPlace } from './event-place.ts';
import { isPersonOrListed } from './is-person-or-listed.ts';

const App = z.object({ id: z.number().int() });

/** What we read of both events of reviews, beside the review or the remark itself. */
export const ReviewPlace = z.object({
  ...eventPlace,
  pull_request: z.object({
    number: z.number().int(),
    title: z.string(),
    body: z.string().nullish(),
    html_url: z.string(),
    user: z.object({ login: z.string() }).nullish(),
  }),
});
export type ReviewPlace = z.infer<typeof ReviewPlace>;

/** A review, in events and in the API. */
export const Review = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  html_url: z.string(),
  submitted_at: z.string().nullish(),
  performed_via_github_app: App.nullish(),
});
export type Review = z.infer<typeof Review>;

/** A remark of a review, in events and in the API. */
export const ReviewComment = z.object({
  id: z.number().int(),
  pull_request_review_id: z.number().int().nullish(),
  /** The first comment of the thread; absent for that comment itself. */
  in_reply_to_id: z.number().int().nullish(),
  body: z.string(),
  html_url: z.string(),
  path: z.string(),
  line: z.number().int().nullish(),
  start_line: z.number().int().nullish(),
  side: z.enum(['LEFT', 'RIGHT']).nullish(),
  diff_hunk: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  user: Account.nullish(),
  performed_via_github_app: App.nullish(),
});
export type ReviewComment = z.infer<typeof ReviewComment>;

type Written = Readonly<{ performed_via_github_app?: unknown }>;

/** The semantic key of all events of a review. */
export function reviewKey(repositoryId: number, reviewId: number): string {
  return `review:${repositoryId}:${reviewId}`;
}

/** Returns why nothing in this event can be a command for us; undefined when something may be. */
export function whyNotOurs(
  { sender, repository }: ReviewPlace,
  { written, policy }: Readonly<{ written: Written; policy: Pick<Policy, 'accounts' | 'bots'> }>,
): string | undefined {
  const { accounts, bots } = policy;
  const viaApp = written.performed_via_github_app;
  if (!isPersonOrListed({ sender, viaApp }, bots)) return 'written by a bot';
  if (accounts && !accounts.includes(repository.owner.id)) return 'account not served';
  return undefined;
}

/** Returns the first comment of the remark's thread. */
export function threadOf({ id, in_reply_to_id }: ReviewComment): number {
  return in_reply_to_id ?? id;
}

/** Returns `path:line`, or the path alone where the remark stands on no line of the present diff. */
export function placeOf({ path, line }: ReviewComment): string {
  return line === null || line === undefined ? path : `${path}:${line}`;
}
