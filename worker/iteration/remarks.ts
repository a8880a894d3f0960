import { z } from 'zod';
import type { Github } from '../../core/github/octokit.ts';
import { type Author, createWriteCheck } from '../../core/github/write-check.ts';
import type { RepositoryRef } from '../../core/request.ts';
import { shownText } from '../../core/shown-text.ts';
import type { Remark, ReviewRemark } from '../agent/pull-request-prompt.ts';

/** The pull request whose remarks are read, and the command that they are read for. */
export type RemarksOf = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  number: number;
  /** Comments from this one on are left out, as are those edited after that time (Unix ms). */
  command: Readonly<{ comment_id: number | undefined; at: number }>;
  /** Addresses of review comments that the request itself holds. */
  told: ReadonlySet<string>;
}>;

/** What people and bots wrote, sorted by what they may do. */
export type Remarks = Readonly<{
  comments: readonly Remark[];
  otherComments: readonly Remark[];
  leftOut: number;
  reviewComments: readonly ReviewRemark[];
}>;

const Account = z.object({ id: z.number().int(), login: z.string(), type: z.string() });
const Comment = z.object({
  id: z.number().int(),
  body: z.string().nullish(),
  user: Account.nullish(),
  created_at: z.string(),
  updated_at: z.string(),
});
type Comment = z.infer<typeof Comment>;
const ReviewComment = Comment.extend({
  path: z.string(),
  line: z.number().int().nullish(),
  position: z.number().int().nullish(),
  subject_type: z.string().optional(),
  html_url: z.string(),
  diff_hunk: z.string(),
});

const maxComments = 40;
const maxReviewComments = 40;
const maxLength = 4_000;
const maxPages = 10;

/** Hidden lines of our own comments begin so: what they say stands in the handoff already. */
const ours = '<!-- cody-batch:';

/**
 * Reads the conversation and the review comments of a pull request, the newest ones where there are many. REST does
 * not say which review threads are resolved, so that a comment counts as open while its line is in the diff. Throws
 * what Octokit throws.
 */
export async function readRemarks(github: Github, of: RemarksOf): Promise<Remarks> {
  const writes = createWriteCheck(github, of.repository);
  const conversation = z.array(Comment).parse(await listComments(github, of));
  const before = conversation.filter(
    (comment) => isBefore(comment, of.command) && !comment.body?.startsWith(ours),
  );
  const known = before.filter(({ updated_at }) => Date.parse(updated_at) <= of.command.at);
  const kept = known.slice(-maxComments);
  const comments: Remark[] = [];
  const otherComments: Remark[] = [];
  for (const comment of kept)
    ((await writes(comment.user)) ? comments : otherComments).push(remarkOf(comment));
  return {
    comments,
    otherComments,
    leftOut: before.length - kept.length,
    reviewComments: await reviewRemarks(github, of, writes),
  };
}

/** Ids rise; a command that is no comment is placed by its time. */
function isBefore({ id, created_at }: Comment, { comment_id, at }: RemarksOf['command']): boolean {
  return comment_id === undefined ? Date.parse(created_at) < at : id < comment_id;
}

async function reviewRemarks(
  github: Github,
  of: RemarksOf,
  writes: (author: Author | null | undefined) => Promise<boolean>,
): Promise<readonly ReviewRemark[]> {
  const listed = z.array(ReviewComment).parse(await listReviewComments(github, of));
  const open = listed.filter(
    (comment) =>
      Date.parse(comment.updated_at) <= of.command.at &&
      !of.told.has(comment.html_url) &&
      !comment.body?.startsWith(ours) &&
      (comment.subject_type === 'file' || (comment.line ?? comment.position ?? null) !== null),
  );
  const remarks: ReviewRemark[] = [];
  for (const comment of open.slice(-maxReviewComments)) {
    const { path, line, diff_hunk } = comment;
    const place = line === null || line === undefined ? path : `${path}:${line}`;
    const hunk = diff_hunk.split('\n').slice(-8).join('\n').slice(-1_000);
    const { author, text } = remarkOf(comment);
    const mayWriteHere = await writes(comment.user);
    remarks.push({ author, place, mayWrite: mayWriteHere, text: `${hunk}\n\n${text}` });
  }
  return remarks;
}

function listComments(github: Github, { repository, number }: RemarksOf) {
  const at = { owner: repository.owner, repo: repository.name, issue_number: number };
  let pages = 0;
  return github.paginate(
    github.rest.issues.listComments,
    { ...at, per_page: 100 },
    ({ data }, done) => {
      pages += 1;
      if (pages === maxPages) done();
      return data;
    },
  );
}

function listReviewComments(github: Github, { repository, number }: RemarksOf) {
  const at = { owner: repository.owner, repo: repository.name, pull_number: number };
  return github.paginate(
    github.rest.pulls.listReviewComments,
    { ...at, sort: 'created', direction: 'desc', per_page: 100 },
    ({ data }, done) => {
      done();
      return data.toReversed();
    },
  );
}

function remarkOf({ user, body }: Comment): Remark {
  return { author: user?.login ?? 'ghost', text: shownText(body ?? '').slice(0, maxLength) };
}
