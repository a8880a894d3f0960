import { requestId, sha256 } from '../../../core/ids.ts';
import type { RequestSource } from '../../../core/request.ts';
import { repositoryOf } from './event-place.ts';
import { ignore, type Screened } from '../order.ts';
import { type ReviewCommand, reviewCommand } from './review-command.ts';
import { reviewContext } from './review-context.ts';
import {
  type Review,
  type ReviewComment,
  reviewKey,
  type ReviewPlace,
  threadOf,
} from './review-event.ts';

/** Everything that the reading of a review stands on. */
export type ReviewFacts = Readonly<{
  place: ReviewPlace;
  review: Review;
  /** The remarks of the review, the oldest first. */
  comments: readonly ReviewComment[];
  /** What stood before in the threads that the review answers in, the oldest first. */
  earlier: readonly ReviewComment[];
  /** Ids of the authors who may write in the repository now. */
  writers: readonly number[];
  /** True for a remark that was not among those of the review when that was taken. */
  late?: boolean;
}>;

/** So many remarks and threads of a review are noted. */
export const maxThreads = 50;

/** Tells what a review asks for. Both events of a review give the same command under the same key. Pure. */
export function screenReview(facts: ReviewFacts): Screened {
  const { place, review } = facts;
  const { repository, pull_request, sender } = place;
  const command = reviewCommand(facts);
  if (!command) return ignore('no command in the review');
  const { parsed, texts, about, thread_id, place: named } = command;
  const late = facts.late ? `:${about[0]?.id}` : '';
  const key = `${reviewKey(repository.id, review.id)}${late}`;
  return {
    type: 'order',
    order: {
      key,
      request_id: requestId(key),
      payload_sha256: sha256(JSON.stringify([key, pull_request.number, sender.id, texts])),
      source: sourceOf(facts, command),
      requester: { id: sender.id, login: sender.login },
      written_at: writtenAt(review, about),
      parsed,
      context: reviewContext(facts, about),
      ...(thread_id === undefined ? {} : { thread_id }),
      ...(named === undefined ? {} : { place: named }),
    },
  };
}

function sourceOf(
  { place, review }: ReviewFacts,
  { about, comment }: ReviewCommand,
): RequestSource {
  const { number } = place.pull_request;
  const where = {
    installation_id: place.installation.id,
    repository: repositoryOf(place.repository),
    issue_number: number,
    pull_request: number,
  };
  if (comment) {
    const thread_id = threadOf(comment);
    const { id: comment_id, html_url: url } = comment;
    return { type: 'review_comment', ...where, url, comment_id, thread_id };
  }
  const threads = new Set(about.map((one) => threadOf(one)));
  return {
    type: 'review',
    ...where,
    url: review.html_url,
    review_id: review.id,
    comment_ids: about.slice(0, maxThreads).map((one) => one.id),
    thread_ids: [...threads].slice(0, maxThreads),
  };
}

/** Drafts are older than their review. */
function writtenAt({ submitted_at }: Review, about: readonly ReviewComment[]): number {
  return Date.parse(submitted_at ?? about[0]?.created_at ?? '') || 0;
}
