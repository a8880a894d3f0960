import { parseCommand } from '../../../core/command.ts';
import { ignore, type ReadEvent } from '../order.ts';
import { gatherReview } from './gather-review.ts';
import { Review, ReviewPlace, whyNotOurs } from './review-event.ts';
import { screenReview } from './screen-review.ts';

/** What we read of GitHub's `pull_request_review` event. */
const ReviewEvent = ReviewPlace.extend({ review: Review });

/**
 * Reads a submitted review. Where its own text holds no command, each remark that holds one has an event of its own,
 * so that nothing has to be looked up here.
 */
export const readReview: ReadEvent = async (deps, payload) => {
  const event = ReviewEvent.parse(payload);
  const { review, action } = event;
  if (action !== 'submitted') return ignore(`review ${action}`);
  const reason = whyNotOurs(event, { written: review, policy: deps.policy });
  if (reason !== undefined) return ignore(reason);
  const parsed = parseCommand(review.body ?? '');
  if (parsed.type === 'none') return ignore(`no command: ${parsed.reason}`);
  const facts = await gatherReview(deps, { place: event, review_id: review.id, review });
  return facts ? screenReview(facts) : ignore('the review is gone');
};
