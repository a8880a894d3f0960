import { z } from 'zod';
import type { AcceptDeps } from './accept-deps.ts';
import { readCheckRun } from './event/check-run.ts';
import { readCheckSuite } from './event/check-suite.ts';
import { readIssueComment } from './event/issue-comment.ts';
import { readPullRequest } from './event/pull-request.ts';
import { readReview } from './event/review.ts';
import { readReviewComment } from './event/review-comment.ts';
import type { ReadEvent, Screened } from './order.ts';

/** GitHub's names of the events that may hold a command, or change what may be pressed. */
export const EventName = z.enum([
  'issue_comment',
  'pull_request_review_comment',
  'pull_request_review',
  'pull_request',
  'check_run',
  'check_suite',
]);
export type EventName = z.infer<typeof EventName>;

const readers: Readonly<Record<EventName, ReadEvent>> = {
  issue_comment: readIssueComment,
  pull_request_review_comment: readReviewComment,
  pull_request_review: readReview,
  pull_request: readPullRequest,
  check_run: readCheckRun,
  check_suite: readCheckSuite,
};

/**
 * Returns the command in an event, or why there is none; a malformed payload is ignored with the names of its wrong
 * fields. Throws TransientError when something has to be looked up and cannot be now.
 */
export async function readEvent(
  deps: AcceptDeps,
  { name, payload }: Readonly<{ name: EventName; payload: unknown }>,
): Promise<Screened> {
  try {
    return await readers[name](deps, payload);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const wrong = error.issues.map(({ path }) => path.join('.')).join(', ');
    return { type: 'ignore', reason: `malformed: ${wrong}` };
  }
}
