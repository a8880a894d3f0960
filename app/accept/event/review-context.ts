import { cutText } from '../../../core/render/cut-text.ts';
import type { RequestContext, ReviewRemark } from '../../../core/request.ts';
import { type ReviewComment, threadOf } from './review-event.ts';
import type { ReviewFacts } from './screen-review.ts';

const maxRemarks = 100;
const maxEarlier = 20;
const maxBody = 10_000;
const maxHunk = 2_000;
const maxHunkLines = 20;

/**
 * What a prompt is told about the remarks that it is about: each with its lines, and what others wrote in their threads
 * before. What was edited after the review is left out there. Pure.
 */
export function reviewContext(facts: ReviewFacts, about: readonly ReviewComment[]): RequestContext {
  const { number, title, body, html_url, user } = facts.place.pull_request;
  const threads = new Set(about.map((comment) => threadOf(comment)));
  const earlier = facts.earlier
    .filter((comment) => threads.has(threadOf(comment)) && isBefore(facts, comment))
    .slice(-maxEarlier);
  const told = [...earlier, ...about.slice(0, maxRemarks)].toSorted(byThread);
  return {
    issue: {
      number,
      title: title.slice(0, 500),
      body: cutText(body ?? '', 60_000),
      url: html_url,
      author: user?.login ?? 'ghost',
    },
    remarks: told.map((comment) => remarkOf(facts, comment)),
  };
}

function isBefore({ review }: ReviewFacts, { updated_at }: ReviewComment): boolean {
  return !review.submitted_at || Date.parse(updated_at) <= Date.parse(review.submitted_at);
}

/** Ids rise with time. */
function byThread(a: ReviewComment, b: ReviewComment): number {
  return threadOf(a) - threadOf(b) || a.id - b.id;
}

function remarkOf({ writers }: ReviewFacts, comment: ReviewComment): ReviewRemark {
  const { user, html_url, path, line, start_line, side } = comment;
  const hunk = comment.diff_hunk.split('\n').slice(-maxHunkLines).join('\n').slice(-maxHunk);
  return {
    author: user?.login ?? 'ghost',
    body: cutText(comment.body, maxBody),
    url: html_url,
    path,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof start_line === 'number' ? { start_line } : {}),
    ...(side ? { side } : {}),
    ...(hunk === '' ? {} : { hunk }),
    may_write: user ? writers.includes(user.id) : false,
  };
}
