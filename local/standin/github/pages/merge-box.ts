import { html } from 'hono/html';

import { tryMerge } from '../git-diff.ts';
import { readRef } from '../git-refs.ts';
import type { PullIssue } from '../issue.ts';
import { atLeast } from '../world.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** Whether an open pull request can be merged, with the buttons for who may. */
export async function mergeBox(visit: RepositoryVisit, issue: PullIssue): Promise<Html | ''> {
  if (issue.state !== 'open') return '';
  const { pull } = issue;
  const writes = visit.actor !== undefined && atLeast(visit.role, 'write');
  const mayReady = writes || visit.actor?.id === issue.authorId;
  const clean = await mergesCleanly(visit, issue);
  const words = pull.draft
    ? 'This is a draft: it can be merged when it is ready for review.'
    : clean
      ? `This can be merged into ${pull.baseRef}.`
      : `This is in conflict with ${pull.baseRef}.`;
  return html`<section class="box" id="merge">
    <p>${words}</p>
    <form method="post" action="${pathOf(visit, `/pull/${issue.number}`)}">
      <input type="hidden" name="sha" value="${pull.headSha}" />
      ${pull.draft && mayReady ? html`<button name="action" value="ready">Ready for review</button>` : ''}
      ${
        !pull.draft && clean && writes
          ? html`<button class="primary" name="action" value="merge">Merge pull request</button>`
          : ''
      }
    </form>
    ${writes ? '' : html`<p class="hint">Merging needs write access.</p>`}
  </section>`;
}

async function mergesCleanly({ hub, repository }: RepositoryVisit, { pull }: PullIssue) {
  const base = await readRef(hub.git, repository.dir, `refs/heads/${pull.baseRef}`);
  const range = { from: base?.sha ?? pull.baseSha, to: pull.headSha };
  return (await tryMerge(hub.git, repository.dir, range)).clean;
}
