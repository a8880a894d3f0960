import { html } from 'hono/html';

import { diffFiles, type FileDiff, mergeBase } from '../git-diff.ts';
import type { PullIssue } from '../issue.ts';
import { accountById, fullName } from '../world.ts';
import { name } from './account-view.ts';
import { stateBadge } from './badge.ts';
import { repositoryLayout } from './layout.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

type PullTab = 'conversation' | 'commits' | 'files';

/** A page of a pull request: title, state, branches and tabs above the rest. */
export async function pullLayout(
  visit: RepositoryVisit,
  issue: PullIssue,
  page: Readonly<{ tab: PullTab; body: Html }>,
): Promise<Html> {
  const path = pathOf(visit, `/pull/${issue.number}`);
  const [files, commits] = await Promise.all([
    changedFiles(visit, issue),
    commitCount(visit, issue),
  ]);
  const tab = (id: PullTab, text: string, at: string) =>
    html`<a href="${at}" ${page.tab === id ? html`aria-current="page"` : ''}>${text}</a>`;
  const comments = issue.comments.length + issue.pull.reviewComments.length;
  return repositoryLayout(visit, {
    tab: 'pulls',
    title: `${issue.title} · #${issue.number}`,
    live: page.tab === 'conversation',
    body: html`<div data-live id="pull-head">
        <h2 class="thread">${issue.title} <span class="number">#${issue.number}</span></h2>
        <p class="state">${stateBadge(issue)} ${branches(visit, issue)}</p>
        <nav class="tabs" aria-label="Pull request">
          ${tab('conversation', `Conversation ${comments}`, path)}
          ${tab('commits', `Commits ${commits}`, `${path}/commits`)}
          ${tab('files', `Files changed ${files.length}`, `${path}/files`)}
        </nav>
      </div>
      ${page.body}`,
  });
}

function branches(visit: RepositoryVisit, { authorId, pull }: PullIssue): Html {
  const { world } = visit.hub;
  const author = accountById(world, authorId);
  const fork = world.repositories.get(pull.headRepositoryId ?? 0);
  const head = fork ? `${fullName(world, fork)}:${pull.headRef}` : pull.headRef;
  return html`<span
    >${name(author)} wants <code>${head}</code> to go into <code>${pull.baseRef}</code></span
  >`;
}

/** The files that the pull request changes, seen from where its branch began. */
export async function changedFiles(
  visit: RepositoryVisit,
  { pull }: PullIssue,
): Promise<FileDiff[]> {
  const { hub, repository } = visit;
  const range = { from: pull.baseSha, to: pull.headSha };
  const from = (await mergeBase(hub.git, repository.dir, range)) ?? pull.baseSha;
  return diffFiles(hub.git, repository.dir, { from, to: pull.headSha });
}

function commitCount({ hub, repository }: RepositoryVisit, { pull }: PullIssue): Promise<string> {
  return hub.git.text(repository.dir, ['rev-list', '--count', `${pull.baseSha}..${pull.headSha}`]);
}
