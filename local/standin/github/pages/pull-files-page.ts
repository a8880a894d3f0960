import { html } from 'hono/html';

import type { PullIssue } from '../issue.ts';
import { type DiffLine, isAt, type Spot } from './diff-lines.ts';
import { diffSummary, diffView } from './diff-view.ts';
import { changedFiles, pullLayout } from './pull-layout.ts';
import { isOutdated, remarksView, threadsOf } from './pull-threads.ts';
import { markdownIn } from './repository-markdown.ts';
import type { Remark } from './review-drafts.ts';
import { reviewBox } from './review-box.ts';
import { chooseFirst } from './thread-form.ts';
import { type Html, pathOf, pullOf, type RepositoryVisit } from './visit.ts';

/** The changed files of a pull request, with the remarks on their lines and forms for new ones. */
export async function pullFilesPage(visit: RepositoryVisit): Promise<Html> {
  const issue = pullOf(visit);
  const files = await changedFiles(visit, issue);
  const drafts = draftsOf(visit, issue);
  const path = pathOf(visit, `/pull/${issue.number}/files`);
  const remarkHref = (file: string, { side, line }: Spot) =>
    `${path}?${new URLSearchParams({ path: file, side, line: String(line) }).toString()}#remark`;
  const extras = {
    remarkHref,
    below: (file: string, line: DiffLine) => below(visit, issue, { file, line }),
  };
  return pullLayout(visit, issue, {
    tab: 'files',
    body: html`<div class="bar">
        ${diffSummary(files)}
        ${drafts.length === 0 ? '' : html`<a class="button" href="#review">Finish your review (${drafts.length})</a>`}
      </div>
      ${diffView(files, issue.state === 'open' ? extras : undefined)}
      ${visit.actor ? reviewBox(visit, issue, drafts) : chooseFirst(visit, 'to review')}`,
  });
}

/** The remarks that the acting person has not sent yet. */
export function draftsOf(
  { actor, drafts }: RepositoryVisit,
  { pull }: PullIssue,
): readonly Remark[] {
  return actor ? drafts.of({ accountId: actor.id, pullId: pull.id }) : [];
}

type Place = Readonly<{ file: string; line: DiffLine }>;

/** What stands under a line: threads, remarks that are not sent yet, and the form when it was asked for there. */
function below(visit: RepositoryVisit, issue: PullIssue, place: Place): Html | undefined {
  const { file, line } = place;
  const threads = threadsOf(issue).filter(
    (thread) =>
      !isOutdated(issue, thread) &&
      thread.first.path === file &&
      thread.first.line !== null &&
      isAt(line, { side: thread.first.side, line: thread.first.line }),
  );
  const drafts = draftsOf(visit, issue).filter((draft) => draft.path === file && isAt(line, draft));
  const wanted = wantedSpot(visit);
  const asked = wanted?.path === file && isAt(line, wanted);
  if (threads.length === 0 && drafts.length === 0 && !asked) return undefined;
  return html`${threads.map((thread) => remarksView(visit, issue, thread))}
  ${drafts.map((draft) => draftView(visit, draft))} ${asked ? remarkForm(visit, wanted) : ''}`;
}

function wantedSpot({ url }: RepositoryVisit): (Spot & Readonly<{ path: string }>) | undefined {
  const path = url.searchParams.get('path');
  if (path === null) return undefined;
  const side = url.searchParams.get('side') === 'LEFT' ? 'LEFT' : 'RIGHT';
  return { path, side, line: Number(url.searchParams.get('line')) };
}

function draftView(visit: RepositoryVisit, draft: Remark): Html {
  return html`<article class="comment draft">
    <header><span class="pill">not sent yet</span></header>
    <div class="markdown">${markdownIn(visit).comment(draft.body)}</div>
  </article>`;
}

function remarkForm(visit: RepositoryVisit, spot: Spot & Readonly<{ path: string }>): Html {
  if (!visit.actor) return chooseFirst(visit, 'to comment on lines');
  return html`<form class="compose" id="remark" method="post" action="${visit.url.pathname}">
    <input type="hidden" name="path" value="${spot.path}" />
    <input type="hidden" name="side" value="${spot.side}" />
    <input type="hidden" name="line" value="${spot.line}" />
    <label for="remark-body">Comment on line ${spot.line} as ${visit.actor.login}</label>
    <textarea id="remark-body" name="body" rows="4" required></textarea>
    <div class="buttons">
      <a href="${visit.url.pathname}">Cancel</a>
      <button name="action" value="comment">Comment now</button>
      <button class="primary" name="action" value="draft">
        ${draftsOf(visit, pullOf(visit)).length === 0 ? 'Start a review' : 'Add to review'}
      </button>
    </div>
  </form>`;
}
