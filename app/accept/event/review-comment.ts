import type { z } from 'zod';
import { parseCommand } from '../../../core/command.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { ignore, type ReadEvent } from '../order.ts';
import { gatherReview } from './gather-review.ts';
import { ReviewComment, reviewKey, ReviewPlace, whyNotOurs } from './review-event.ts';
import { maxThreads, type ReviewFacts, screenReview } from './screen-review.ts';

/** What we read of GitHub's `pull_request_review_comment` event. */
const ReviewCommentEvent = ReviewPlace.extend({ comment: ReviewComment });

/**
 * Reads a remark on a line of a pull request. It belongs to a review, also when it was written by itself or answers
 * in a thread, and the command is that of the whole review.
 */
export const readReviewComment: ReadEvent = async (deps, payload) => {
  const event = ReviewCommentEvent.parse(payload);
  const { comment, action } = event;
  if (action !== 'created') return ignore(`comment ${action}`);
  const reason = whyNotOurs(event, { written: comment, policy: deps.policy });
  if (reason !== undefined) return ignore(reason);
  const parsed = parseCommand(comment.body);
  if (parsed.type === 'none') return ignore(`no command: ${parsed.reason}`);
  const review_id = comment.pull_request_review_id;
  if (review_id === null || review_id === undefined) return ignore('comment without a review');
  const taken = await takenBy(deps, event, review_id);
  if (taken === 'taken') return ignore('the review was taken');
  const facts = await gatherReview(deps, { place: event, review_id, comment });
  if (!facts) return ignore('the review is gone');
  return screenReview(taken === 'without' ? aloneIn(facts, comment.id) : facts);
};

/** GitHub had not listed the remark when its review was taken: it is a command of its own then. */
function aloneIn(facts: ReviewFacts, id: number): ReviewFacts {
  return {
    ...facts,
    review: { ...facts.review, body: null },
    comments: facts.comments.filter((one) => one.id === id),
    late: true,
  };
}

/**
 * Whether another event of the review has led to its command, and that `without` this remark. A request goes on being
 * finished by the events of its first remark and of its own text, so that a review with many commands does not do that
 * again and again.
 */
async function takenBy(
  { requests }: Pick<AcceptDeps, 'requests'>,
  { repository, comment }: z.infer<typeof ReviewCommentEvent>,
  reviewId: number,
): Promise<'taken' | 'without' | 'open'> {
  const known = await requests.command(reviewKey(repository.id, reviewId));
  if (!known) return 'open';
  if (known.disposition !== 'request' || known.request_id === undefined) return 'taken';
  const source = (await requests.get(known.request_id))?.source;
  const [ids, whole] =
    source?.type === 'review'
      ? [source.comment_ids, source.comment_ids.length < maxThreads]
      : [source?.type === 'review_comment' ? [source.comment_id] : [], true];
  if (ids[0] === comment.id) return 'open';
  return ids.includes(comment.id) || !whole || ids.length === 0 ? 'taken' : 'without';
}
