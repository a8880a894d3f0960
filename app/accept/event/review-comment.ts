import { parseCommand } from '../../../core/command.ts';
import { ignore, type ReadEvent } from '../order.ts';
import { gatherReview } from './gather-review.ts';
import { ReviewComment, ReviewPlace, whyNotOurs } from './review-event.ts';
import { screenReview } from './screen-review.ts';

/** What we read of GitHub's `pull_request_review_comment` event. */
export const ReviewCommentEvent = ReviewPlace.extend({ comment: ReviewComment });

/**
 * Reads a remark on a line of a pull request. It belongs to a review, also when it was written by itself or answers
 * in a thread, and the command is that of the whole review.
 */
export const readReviewComment: ReadEvent = async (deps, payload) => {
  const event = ReviewCommentEvent.parse(payload);
  const { comment, action } = event;
  if (action !== 'created') return ignore(`comment ${action}`);
  const reason = whyNotOurs(event, { written: comment, accounts: deps.policy.accounts });
  if (reason !== undefined) return ignore(reason);
  const parsed = parseCommand(comment.body);
  if (parsed.type === 'none') return ignore(`no command: ${parsed.reason}`);
  const review_id = comment.pull_request_review_id;
  if (review_id === null || review_id === undefined) return ignore('comment without a review');
  const facts = await gatherReview(deps, { place: event, review_id, comment });
  return facts ? screenReview(facts) : ignore('the review is gone');
};
