import { html } from 'hono/html';

import { type Commit, readCommit } from '../git-commits.ts';
import { diffFiles } from '../git-diff.ts';
import { isSha } from '../git-objects.ts';
import { notFound } from '../github-error.ts';
import { verification } from '../payload-git.ts';
import { checkList, checksOf } from './check-list.ts';
import { diffSummary, diffView } from './diff-view.ts';
import { repositoryLayout } from './layout.ts';
import { time } from './time.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** The tree of a commit before the first one. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** A commit: message, checks and what it changed against its first parent. Throws 404 for what is no commit. */
export async function commitPage(visit: RepositoryVisit): Promise<Html> {
  const { hub, repository } = visit;
  const sha = visit.param('sha');
  const commit = isSha(sha) ? await readCommit(hub.git, repository.dir, sha) : undefined;
  if (!commit) throw notFound();
  const range = { from: commit.parents[0] ?? EMPTY_TREE, to: commit.sha };
  const files = await diffFiles(hub.git, repository.dir, range);
  return repositoryLayout(visit, {
    tab: 'code',
    title: commit.message.split('\n')[0] ?? commit.sha,
    live: true,
    body: html`${headOf(visit, commit)}
      <section class="box" data-live id="checks">
        <h3>Checks</h3>
        ${checkList(visit, checksOf(visit, commit.sha))}
      </section>
      ${diffSummary(files)} ${diffView(files)}`,
  });
}

function headOf(visit: RepositoryVisit, commit: Commit): Html {
  const [title = '', ...rest] = commit.message.trimEnd().split('\n');
  const body = rest.join('\n').trim();
  return html`<h2 class="thread">${title}</h2>
    ${body === '' ? '' : html`<pre class="message">${body}</pre>`}
    <p class="state">
      <code>${commit.sha}</code> by ${commit.author.name},
      ${time(visit.hub.world.now(), commit.committer.date)}
      ${verification(commit).verified ? html`<span class="pill">verified</span>` : ''}
    </p>
    <p class="hint">
      ${commit.parents.map((sha) => html`parent <a href="${pathOf(visit, `/commit/${sha}`)}"><code>${sha.slice(0, 7)}</code></a> `)}
    </p>`;
}
