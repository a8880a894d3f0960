import { html } from 'hono/html';

import type { Issue } from '../issue.ts';
import { accountById } from '../world.ts';
import { labelViews, stateBadge } from './badge.ts';
import { repositoryLayout } from './layout.ts';
import { time } from './time.ts';
import { type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** The issues of a repository, newest first: the open ones, unless `state` asks for others. */
export function issuesPage(visit: RepositoryVisit): Html {
  return threadsPage(visit, 'issues');
}

/** The pull requests of a repository, in the same way. */
export function pullsPage(visit: RepositoryVisit): Html {
  return threadsPage(visit, 'pulls');
}

function threadsPage(visit: RepositoryVisit, tab: 'issues' | 'pulls'): Html {
  const wanted = visit.url.searchParams.get('state') ?? 'open';
  const threads = [...visit.repository.issues.values()]
    .filter((issue) => (issue.pull !== null) === (tab === 'pulls'))
    .filter((issue) => wanted === 'all' || issue.state === wanted)
    .toSorted((a, b) => b.number - a.number);
  const filter = (state: string, text: string) =>
    html`<a
      href="${pathOf(visit, `/${tab}?state=${state}`)}"
      ${wanted === state ? html`aria-current="page"` : ''}
      >${text}</a
    >`;
  return repositoryLayout(visit, {
    tab,
    title: tab === 'pulls' ? 'Pull requests' : 'Issues',
    body: html`<div class="bar">
        <nav class="filter" aria-label="State">
          ${filter('open', 'Open')} ${filter('closed', 'Closed')} ${filter('all', 'All')}
        </nav>
        ${
          tab === 'issues'
            ? html`<a class="button primary" href="${pathOf(visit, '/issues/new')}">New issue</a>`
            : ''
        }
      </div>
      ${
        threads.length === 0
          ? html`<p class="empty">Nothing here.</p>`
          : html`<ul class="list">
              ${threads.map((thread) => entry(visit, thread))}
            </ul>`
      }`,
  });
}

function entry(visit: RepositoryVisit, issue: Issue): Html {
  const { world } = visit.hub;
  const path = pathOf(visit, `/${issue.pull ? 'pull' : 'issues'}/${issue.number}`);
  const author = accountById(world, issue.authorId).login;
  return html`<li>
    ${stateBadge(issue)} <a class="title" href="${path}">${issue.title}</a>
    ${labelViews(visit.repository, issue)}
    <span class="side"
      >#${issue.number} by ${author}, ${time(world.now(), issue.createdAt)} ·
      ${issue.comments.length} comments</span
    >
  </li>`;
}
