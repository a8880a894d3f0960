import { html } from 'hono/html';

import type { PullIssue, ReviewComment } from '../issue.ts';
import { commentView } from './comment-view.ts';
import { diffLines, isAt } from './diff-lines.ts';
import { markdownIn } from './repository-markdown.ts';
import { apiPathOf, type Html, pathOf, pullOf, type RepositoryVisit } from './visit.ts';

/** A remark on the code with the answers to it. */
export type Thread = Readonly<{ first: ReviewComment; replies: readonly ReviewComment[] }>;

/** How many lines of code are shown above a thread in the conversation. */
const LINES_ABOVE = 4;

/** The threads of a pull request, oldest first. What belongs to a review that is not sent yet is left out. */
export function threadsOf({ pull }: PullIssue): Thread[] {
  const pending = new Set(
    pull.reviews.filter(({ state }) => state === 'PENDING').map(({ id }) => id),
  );
  const sent = pull.reviewComments.filter(({ reviewId }) => !pending.has(reviewId));
  return sent
    .filter(({ inReplyTo }) => inReplyTo === null)
    .map((first) => ({ first, replies: sent.filter(({ inReplyTo }) => inReplyTo === first.id) }));
}

/** Whether the code under the thread has changed since it was written. */
export function isOutdated({ pull }: PullIssue, { first }: Thread): boolean {
  return first.commitId !== pull.headSha;
}

/** A thread in the conversation: where it stands, the code, the remarks and a form for an answer. */
export function threadView(visit: RepositoryVisit, issue: PullIssue, thread: Thread): Html {
  const { first } = thread;
  return html`<section class="remarks">
    <p class="place">
      <a href="${pathOf(visit, `/pull/${issue.number}/files`)}"><code>${placeOf(first)}</code></a>
      ${isOutdated(issue, thread) ? html`<span class="pill">outdated</span>` : ''}
    </p>
    ${first.diffHunk === '' ? '' : codeView(first)} ${remarksView(visit, issue, thread)}
  </section>`;
}

function placeOf({ path, line, side }: ReviewComment): string {
  if (line === null) return path;
  return side === 'LEFT' ? `${path}:${line} (before)` : `${path}:${line}`;
}

/** The remarks of a thread without its place, as they stand under a line of the diff. */
export function remarksView(visit: RepositoryVisit, issue: PullIssue, thread: Thread): Html {
  const { comment } = markdownIn(visit);
  const all = [thread.first, ...thread.replies];
  return html`${all.map((one) =>
    commentView(visit, comment, {
      ...one,
      anchor: `discussion_r${one.id}`,
      verb: one.inReplyTo === null ? 'remarked' : 'answered',
    }),
  )}
  ${visit.actor ? replyForm(visit, issue, thread) : ''}`;
}

function codeView({ diffHunk, line, side }: ReviewComment): Html {
  const lines = diffLines(diffHunk);
  const at = lines.findIndex((one) => line !== null && isAt(one, { side, line }));
  const shown = lines.slice(Math.max(0, at - LINES_ABOVE + 1), at + 1);
  const signs = { hunk: '', same: ' ', added: '+', removed: '-' } as const;
  return html`<div class="scroll">
    <table class="diff">
      ${shown.map(
        (one) =>
          html`<tr class="${one.type}">
            <td class="no">${one.before ?? ''}</td>
            <td class="no">${one.after ?? ''}</td>
            <td class="text">${signs[one.type]}${one.text}</td>
          </tr>`,
      )}
    </table>
  </div>`;
}

function replyForm(visit: RepositoryVisit, issue: PullIssue, { first }: Thread): Html {
  return html`<details class="reply">
    <summary>Reply</summary>
    <form method="post" action="${pathOf(visit, `/pull/${issue.number}/replies`)}">
      <input type="hidden" name="to" value="${first.id}" />
      <label for="reply-${first.id}">Answer</label>
      <textarea id="reply-${first.id}" name="body" rows="3" required></textarea>
      <div class="buttons"><button>Reply</button></div>
    </form>
  </details>`;
}

/** Sends an answer to a thread and returns where it can be read. */
export async function sendReply(visit: RepositoryVisit): Promise<string> {
  const issue = pullOf(visit);
  const to = visit.field('to');
  await visit.send(
    `POST ${apiPathOf(visit, `/pulls/${issue.number}/comments/${encodeURIComponent(to)}/replies`)}`,
    { body: visit.field('body') },
  );
  return pathOf(visit, `/pull/${issue.number}#discussion_r${encodeURIComponent(to)}`);
}
