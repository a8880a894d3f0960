import { z } from 'zod';

import type { Needs } from './access.ts';
import { announceReview } from './review-events.ts';
import { type Located, locate, Place } from './diff-place.ts';
import { readCommit } from './git-commits.ts';
import { GithubError, notFound, unprocessable } from './github-error.ts';
import { isPull, type PullIssue, type Review, type ReviewComment } from './issue.ts';
import { listAnswer } from './paging.ts';
import { reviewCommentPayload, reviewPayload } from './payload-pull.ts';
import { appOf, requireActor } from './principal.ts';
import { listReactions, react, unreact } from './reactions.ts';
import {
  type Answer,
  numberParam,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { checkText, pullOf } from './threads.ts';

const READ: Needs = { any: ['pull_requests=read'], role: 'read' };
const WRITE: Needs = { any: ['pull_requests=write'], role: 'read' };
const ONE = '/repos/{owner}/{repo}/pulls/{pull_number}';
const COMMENT = '/repos/{owner}/{repo}/pulls/comments/{comment_id}';

const ReviewBody = z.object({
  commit_id: z.string().optional(),
  body: z.string().optional(),
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']).optional(),
  comments: z.array(Place).optional(),
});
const CommentBody = z.object({
  ...Place.partial().shape,
  body: z.string(),
  commit_id: z.string().optional(),
  in_reply_to: z.number().optional(),
});
const TextBody = z.object({ body: z.string() });

const STATES = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
} as const;

/** The routes of reviews and of comments on lines. */
export const reviewRoutes: readonly Route[] = [
  repositoryRoute(`POST ${ONE}/reviews`, WRITE, createReview),
  repositoryRoute(`GET ${ONE}/reviews`, READ, (call) => {
    const issue = pullOf(call);
    return listAnswer(call, issue.pull.reviews, (review) =>
      reviewPayload(call.hub.world, call.repository, { issue, review }),
    );
  }),
  repositoryRoute(`GET ${ONE}/reviews/{review_id}`, READ, (call) => {
    const on = reviewOf(call);
    return { status: 200, body: reviewPayload(call.hub.world, call.repository, on) };
  }),
  repositoryRoute(`GET ${ONE}/reviews/{review_id}/comments`, READ, (call) => {
    const { issue, review } = reviewOf(call);
    const comments = issue.pull.reviewComments.filter((one) => one.reviewId === review.id);
    return listAnswer(call, comments, (comment) =>
      withoutLines(reviewCommentPayload(call.hub.world, call.repository, { issue, comment })),
    );
  }),
  repositoryRoute(`POST ${ONE}/comments`, WRITE, createComment),
  repositoryRoute(`GET ${ONE}/comments`, READ, (call) => {
    const issue = pullOf(call);
    return listAnswer(call, wanted(call, issue.pull.reviewComments), (comment) =>
      reviewCommentPayload(call.hub.world, call.repository, { issue, comment }),
    );
  }),
  repositoryRoute(`POST ${ONE}/comments/{comment_id}/replies`, WRITE, async (call) => {
    const issue = pullOf(call);
    const { body } = readBody(call, TextBody);
    return reply(call, issue, { body, to: numberParam(call, 'comment_id') });
  }),
  repositoryRoute(`GET ${COMMENT}`, READ, (call) => ({
    status: 200,
    body: reviewCommentPayload(call.hub.world, call.repository, lineCommentOf(call)),
  })),
  repositoryRoute(`PATCH ${COMMENT}`, WRITE, (call) => {
    const on = lineCommentOf(call);
    const { body } = readBody(call, TextBody);
    checkText('PullRequestReviewComment', body, true);
    on.comment.body = body;
    on.comment.updatedAt = call.hub.world.now();
    return { status: 200, body: reviewCommentPayload(call.hub.world, call.repository, on) };
  }),
  repositoryRoute(`DELETE ${COMMENT}`, WRITE, (call) => {
    const { issue, comment } = lineCommentOf(call);
    const own = comment.authorId === requireActor(call.hub.world, call.principal).id;
    if (!own) throw new GithubError(403, 'Must have admin rights to Repository.');
    issue.pull.reviewComments.splice(issue.pull.reviewComments.indexOf(comment), 1);
    return { status: 204 };
  }),
  repositoryRoute(`POST ${COMMENT}/reactions`, WRITE, (call) =>
    react(call, lineCommentOf(call).comment.reactions),
  ),
  repositoryRoute(`GET ${COMMENT}/reactions`, READ, (call) =>
    listReactions(call, lineCommentOf(call).comment.reactions),
  ),
  repositoryRoute(`DELETE ${COMMENT}/reactions/{reaction_id}`, WRITE, (call) =>
    unreact(call, lineCommentOf(call).comment.reactions),
  ),
];

async function createReview(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const issue = pullOf(call);
  const body = readBody(call, ReviewBody);
  const sender = requireActor(hub.world, principal);
  checkText('PullRequestReview', body.body);
  if (
    sender.id === issue.authorId &&
    (body.event === 'APPROVE' || body.event === 'REQUEST_CHANGES')
  ) {
    const verb = body.event === 'APPROVE' ? 'approve' : 'request changes on';
    throw unprocessable(`Can not ${verb} your own pull request`);
  }
  if (body.event === 'REQUEST_CHANGES' && !body.body) throw unprocessable('Body is required');
  const places = await Promise.all(
    (body.comments ?? []).map((place) => locate(call, issue, place)),
  );
  const review = addReview(call, issue, {
    body: body.body ?? '',
    state: body.event ? STATES[body.event] : 'PENDING',
    commitId: body.commit_id ?? issue.pull.headSha,
  });
  issue.pull.requestedReviewers.delete(sender.id);
  const comments = places.map((place) =>
    addComment(call, issue, { place, review, inReplyTo: null }),
  );
  if (review.state !== 'PENDING') await announceReview(call, issue, { review, comments });
  return { status: 200, body: reviewPayload(hub.world, repository, { issue, review }) };
}

async function createComment(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const issue = pullOf(call);
  const body = readBody(call, CommentBody);
  if (body.in_reply_to !== undefined) {
    return reply(call, issue, { body: body.body, to: body.in_reply_to });
  }
  const commit = await readCommit(hub.git, repository.dir, body.commit_id ?? '');
  if (!commit) throw unprocessable('commit_id is not part of the pull request');
  checkText('PullRequestReviewComment', body.body, true);
  const place = await locate(call, issue, { ...body, path: body.path ?? '' });
  const review = addReview(call, issue, { body: '', state: 'COMMENTED', commitId: commit.sha });
  const comment = addComment(call, issue, { place, review, inReplyTo: null });
  await announceReview(call, issue, { review, comments: [comment] });
  return { status: 201, body: reviewCommentPayload(hub.world, repository, { issue, comment }) };
}

async function reply(
  call: RepositoryCall,
  issue: PullIssue,
  answer: Readonly<{ body: string; to: number }>,
): Promise<Answer> {
  const first = issue.pull.reviewComments.find((one) => one.id === answer.to);
  // "Replies to replies are not supported."
  if (!first || first.inReplyTo !== null) throw notFound();
  checkText('PullRequestReviewComment', answer.body, true);
  const review = addReview(call, issue, { body: '', state: 'COMMENTED', commitId: first.commitId });
  const place = { ...first, body: answer.body };
  const comment = addComment(call, issue, {
    place,
    review,
    inReplyTo: first.id,
  });
  await announceReview(call, issue, { review, comments: [comment] });
  const body = reviewCommentPayload(call.hub.world, call.repository, { issue, comment });
  return { status: 201, body };
}

function addReview(
  call: RepositoryCall,
  issue: PullIssue,
  content: Pick<Review, 'body' | 'state' | 'commitId'>,
): Review {
  const { world } = call.hub;
  const review: Review = {
    ...content,
    id: world.nextId(),
    userId: requireActor(world, call.principal).id,
    submittedAt: world.now(),
  };
  issue.pull.reviews.push(review);
  return review;
}

function addComment(
  call: RepositoryCall,
  issue: PullIssue,
  content: Readonly<{ place: Located; review: Review; inReplyTo: number | null }>,
): ReviewComment {
  const { world } = call.hub;
  const { place, review, inReplyTo } = content;
  const comment: ReviewComment = {
    id: world.nextId(),
    reviewId: review.id,
    path: place.path,
    commitId: review.commitId,
    diffHunk: place.diffHunk,
    line: place.line,
    startLine: place.startLine,
    side: place.side,
    subjectType: place.subjectType,
    inReplyTo,
    body: place.body,
    authorId: review.userId,
    appId: appOf(call.principal)?.id ?? null,
    createdAt: world.now(),
    updatedAt: world.now(),
    reactions: [],
  };
  issue.pull.reviewComments.push(comment);
  issue.updatedAt = world.now();
  return comment;
}

/** What the list of a pull request's comments shows of them: `since` goes by the last change. */
function wanted(
  { query }: RepositoryCall,
  comments: readonly ReviewComment[],
): readonly ReviewComment[] {
  const since = Date.parse(query.get('since') ?? '') || 0;
  const by = query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const shown = comments
    // Times are shown in whole seconds.
    .filter(({ updatedAt }) => updatedAt + 1_000 > since)
    .toSorted((a, b) => a[by] - b[by] || a.id - b.id);
  // Without `sort` the direction is ignored.
  return query.has('sort') && query.get('direction') === 'desc' ? shown.toReversed() : shown;
}

const LINE_FIELDS = new Set([
  'line',
  'original_line',
  'start_line',
  'original_start_line',
  'side',
  'start_side',
  'subject_type',
]);

/** GitHub's list of a review's comments tells no lines. */
function withoutLines(payload: ReturnType<typeof reviewCommentPayload>) {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !LINE_FIELDS.has(name)));
}

function reviewOf(call: RepositoryCall): { issue: PullIssue; review: Review } {
  const issue = pullOf(call);
  const id = numberParam(call, 'review_id');
  const review = issue.pull.reviews.find((one) => one.id === id);
  if (!review) throw notFound();
  return { issue, review };
}

function lineCommentOf(call: RepositoryCall): { issue: PullIssue; comment: ReviewComment } {
  const id = numberParam(call, 'comment_id');
  for (const issue of call.repository.issues.values()) {
    const comment = isPull(issue)
      ? issue.pull.reviewComments.find((one) => one.id === id)
      : undefined;
    if (comment && isPull(issue)) return { issue, comment };
  }
  throw new GithubError(404, 'Not Found');
}
