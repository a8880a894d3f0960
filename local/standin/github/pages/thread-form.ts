import { html } from 'hono/html';

import { type Issue, isPull } from '../issue.ts';
import { atLeast } from '../world.ts';
import { type Html, type RepositoryVisit, type Visit } from './visit.ts';

/** The form under a thread: a comment, and closing or reopening for who may. */
export function threadForm(visit: RepositoryVisit, issue: Issue): Html {
  if (!visit.actor) return chooseFirst(visit, 'to comment');
  const merged = isPull(issue) && issue.pull.mergedAt !== null;
  const turn =
    issue.state === 'open'
      ? html`<button name="action" value="close" formnovalidate>Close</button>`
      : html`<button name="action" value="reopen" formnovalidate>Reopen</button>`;
  return html`<form class="compose" method="post" action="${visit.url.pathname}">
    <label for="body">Comment as ${visit.actor.login}</label>
    <textarea
      id="body"
      name="body"
      rows="5"
      required
      placeholder="Markdown. A line that begins with /cody asks the App."
    ></textarea>
    <div class="buttons">
      ${mayTurn(visit, issue) && !merged ? turn : ''}
      <button class="primary" name="action" value="comment">Comment</button>
    </div>
  </form>`;
}

/** Whether the acting person may close and reopen: its author, and whoever may triage (for pull requests: write). */
export function mayTurn({ actor, role }: RepositoryVisit, issue: Issue): boolean {
  if (!actor) return false;
  return actor.id === issue.authorId || atLeast(role, issue.pull ? 'write' : 'triage');
}

/** Said in place of a form while nobody acts. */
export function chooseFirst(visit: Visit, why: string): Html {
  const to = encodeURIComponent(`${visit.url.pathname}${visit.url.search}`);
  return html`<p class="compose"><a href="/login?to=${to}">Choose who you are</a> ${why}.</p>`;
}
