import { z } from 'zod';
import type { LeftOut, Quote } from '../../core/gathered-context.ts';
import { quoteOf, readConversation } from '../../core/github/conversation.ts';
import type { Github } from '../../core/github/octokit.ts';
import { type Author, createWriteCheck } from '../../core/github/write-check.ts';
import { cutText } from '../../core/render/cut-text.ts';
import { readableText } from '../../core/render/readable-text.ts';
import type { RepositoryRef } from '../../core/request.ts';
import { type CommandTime, selectComments } from '../../core/select-comments.ts';
import type { ReviewRemark } from '../agent/pull-request-prompt.ts';

/** The pull request whose remarks are read, and the command that they are read for. */
export type RemarksOf = Readonly<{
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  number: number;
  command: CommandTime;
  /** Addresses of review comments that the request itself holds. */
  told: ReadonlySet<string>;
}>;

/** What people and bots wrote, as far as a prompt is told of it. */
export type Remarks = Readonly<{
  comments: readonly Quote[];
  leftOut: LeftOut;
  reviewComments: readonly ReviewRemark[];
  /** How many hidden characters were removed from the review comments. */
  hidden: number;
}>;

const ReviewComment = z.object({
  body: z.string().nullish(),
  user: z.object({ id: z.number().int(), login: z.string(), type: z.string() }).nullish(),
  updated_at: z.string(),
  path: z.string(),
  line: z.number().int().nullish(),
  position: z.number().int().nullish(),
  subject_type: z.string().optional(),
  html_url: z.string(),
  diff_hunk: z.string(),
});

const maxReviewComments = 40;
const maxLength = 4_000;

/** Hidden lines of our own comments begin so: what they say stands in the handoff already. */
const ours = '<!-- cody-batch:';

/**
 * Reads the conversation and the review comments of a pull request, the newest ones where there are many. REST does
 * not say which review threads are resolved, so that a comment counts as open while its line is in the diff. Throws
 * what Octokit throws.
 */
export async function readRemarks(github: Github, of: RemarksOf): Promise<Remarks> {
  const writes = createWriteCheck(github, of.repository);
  const { comments } = await readConversation(github, of);
  const { kept, left_out } = await selectComments(comments, { command: of.command, writes });
  return {
    comments: kept.map(quoteOf),
    leftOut: left_out,
    ...(await reviewRemarks(github, of, writes)),
  };
}

async function reviewRemarks(
  github: Github,
  of: RemarksOf,
  writes: (author: Author | null | undefined) => Promise<boolean>,
): Promise<Pick<Remarks, 'reviewComments' | 'hidden'>> {
  const listed = z.array(ReviewComment).parse(await listReviewComments(github, of));
  const open = listed.filter(
    (comment) =>
      Date.parse(comment.updated_at) <= of.command.at &&
      !of.told.has(comment.html_url) &&
      !comment.body?.startsWith(ours) &&
      (comment.subject_type === 'file' || (comment.line ?? comment.position ?? null) !== null),
  );
  const reviewComments: ReviewRemark[] = [];
  let hidden = 0;
  for (const { user, body, path, line, diff_hunk } of open.slice(-maxReviewComments)) {
    const place = line === null || line === undefined ? path : `${path}:${line}`;
    const hunk = diff_hunk.split('\n').slice(-8).join('\n').slice(-1_000);
    const { text, removed } = readableText(cutText(body ?? '', maxLength));
    hidden += removed;
    reviewComments.push({
      author: user?.login ?? 'ghost',
      place,
      mayWrite: await writes(user),
      text: `${hunk}\n\n${text}`,
    });
  }
  return { reviewComments, hidden };
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
