import { randomInt } from 'node:crypto';

import { emit } from './events.ts';
import type { PullIssue, Review, ReviewComment } from './issue.ts';
import { pullSimplePayload, reviewCommentPayload, reviewPayload } from './payload-pull.ts';
import { requireActor } from './principal.ts';
import type { RepositoryCall } from './route.ts';

/** One event for the review and one for each of its comments; GitHub promises no order. */
export async function announceReview(
  call: RepositoryCall,
  issue: PullIssue,
  { review, comments }: Readonly<{ review: Review; comments: readonly ReviewComment[] }>,
): Promise<void> {
  const events = [
    () => emitReview(call, issue, review),
    ...comments.map((comment) => () => emitComment(call, issue, comment)),
  ];
  while (events.length > 0) await events.splice(randomInt(events.length), 1)[0]?.();
}

async function emitReview(call: RepositoryCall, issue: PullIssue, review: Review) {
  const { hub, repository } = call;
  const payload = reviewPayload(hub.world, repository, { issue, review });
  await emit(hub, {
    event: 'pull_request_review',
    action: 'submitted',
    repository,
    sender: requireActor(hub.world, call.principal),
    fields: {
      // Webhooks write the state in small letters, and an empty body as null.
      review: { ...payload, state: payload.state.toLowerCase(), body: payload.body || null },
      pull_request: pullSimplePayload(hub.world, repository, issue),
    },
  });
}

async function emitComment(call: RepositoryCall, issue: PullIssue, comment: ReviewComment) {
  const { hub, repository } = call;
  await emit(hub, {
    event: 'pull_request_review_comment',
    action: 'created',
    repository,
    sender: requireActor(hub.world, call.principal),
    fields: {
      comment: {
        position: null,
        line: null,
        ...reviewCommentPayload(hub.world, repository, { issue, comment }),
      },
      pull_request: pullSimplePayload(hub.world, repository, issue),
    },
  });
}
