import { html } from 'hono/html';

import { type Commit, listCommits } from '../git-commits.ts';
import { verification } from '../payload-git.ts';
import { pullLayout } from './pull-layout.ts';
import { time } from './time.ts';
import { type Html, pathOf, pullOf, type RepositoryVisit } from './visit.ts';

/** The commits of a pull request, oldest first. */
export async function pullCommitsPage(visit: RepositoryVisit): Promise<Html> {
  const issue = pullOf(visit);
  const { hub, repository } = visit;
  const range = `${issue.pull.baseSha}..${issue.pull.headSha}`;
  const commits = await listCommits(hub.git, repository.dir, ['--reverse', range]);
  return pullLayout(visit, issue, {
    tab: 'commits',
    body: html`<ul class="list">
      ${commits.map((commit) => commitEntry(visit, commit))}
    </ul>`,
  });
}

function commitEntry(visit: RepositoryVisit, commit: Commit): Html {
  return html`<li>
    <a class="title" href="${pathOf(visit, `/commit/${commit.sha}`)}"
      >${commit.message.split('\n')[0]}</a
    >
    ${verification(commit).verified ? html`<span class="pill">verified</span>` : ''}
    <span class="side"
      >${commit.author.name} ·
      <code>${commit.sha.slice(0, 7)}</code>
      ${time(visit.hub.world.now(), commit.committer.date)}</span
    >
  </li>`;
}
