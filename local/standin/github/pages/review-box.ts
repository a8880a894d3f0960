import { html } from 'hono/html';

import type { PullIssue } from '../issue.ts';
import type { Remark } from './review-drafts.ts';
import type { Html, RepositoryVisit } from './visit.ts';

/** The form that sends a review: what was remarked on lines, a text, and a verdict. */
export function reviewBox(
  visit: RepositoryVisit,
  issue: PullIssue,
  drafts: readonly Remark[],
): Html {
  if (issue.state !== 'open') return html``;
  const own = visit.actor?.id === issue.authorId;
  return html`<section class="box" id="review">
    <h3>Your review</h3>
    <form method="post" action="${visit.url.pathname}">
      ${
        drafts.length === 0
          ? html`<p class="hint">
              Remarks on lines that you add to the review are collected here and sent together.
            </p>`
          : html`<ul class="list">
              ${drafts.map((draft, index) => draftEntry(draft, index))}
            </ul>`
      }
      <label for="review-body">Text of the review</label>
      <textarea id="review-body" name="body" rows="4"></textarea>
      <p>
        ${verdict('COMMENT', 'Comment', true)}
        ${own ? '' : html`${verdict('APPROVE', 'Approve')} ${verdict('REQUEST_CHANGES', 'Request changes')}`}
      </p>
      <div class="buttons">
        ${drafts.length === 0 ? '' : html`<button name="action" value="discard">Discard</button>`}
        <button class="primary" name="action" value="submit">Submit review</button>
      </div>
    </form>
  </section>`;
}

function draftEntry({ path, line, body }: Remark, index: number): Html {
  return html`<li>
    <code>${path}:${line}</code> <span>${body.split('\n')[0]}</span>
    <button class="side" name="remove" value="${index}">Remove</button>
  </li>`;
}

function verdict(event: string, text: string, checked = false): Html {
  return html`<label class="option"
    ><input type="radio" name="event" value="${event}" ${checked ? 'checked' : ''} /> ${text}</label
  >`;
}
