import { html } from 'hono/html';

import { atLeast, fullName } from '../world.ts';
import { face } from './account-view.ts';
import { openCounts } from './open-counts.ts';
import { type Html, pathOf, type RepositoryVisit, type Visit } from './visit.ts';

type Page = Readonly<{
  title: string;
  body: Html;
  /** Whether the page looks for changes by itself. */
  live?: boolean;
}>;

/** Pages work without script, but can't change by themselves then. */
const withoutScript = html`<noscript
  ><p class="hint">Reload this page to see what has changed.</p></noscript
>`;

/** A whole page with the head that every page has. */
export function layout(visit: Visit, { title, body, live = false }: Page): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · demo</title>
        <link rel="stylesheet" href="/pages/style.css" />
        <link rel="icon" href="data:," />
        ${live ? html`<script src="/pages/refresh.js" defer></script>` : ''}
      </head>
      <body>
        <header class="top">
          <a class="home" href="/">Demo forge</a>
          <span class="note">a stand-in for GitHub on this machine</span>
          <span class="who">${who(visit)}</span>
        </header>
        <main>${live ? withoutScript : ''} ${body}</main>
      </body>
    </html>`;
}

function who({ actor, url }: Visit): Html {
  const to = encodeURIComponent(`${url.pathname}${url.search}`);
  if (!actor) return html`<a class="button" href="/login?to=${to}">Choose who you are</a>`;
  return html`<span class="acting">acting as</span> ${face(actor)} <strong>${actor.login}</strong>
    <a href="/login?to=${to}">change</a>`;
}

type Tab = 'code' | 'issues' | 'pulls' | 'checks';

/** A page of a repository, with its tabs. */
export function repositoryLayout(
  visit: RepositoryVisit,
  page: Page & Readonly<{ tab: Tab }>,
): Html {
  const { repository, role, hub } = visit;
  const name = fullName(hub.world, repository);
  const may = atLeast(role, 'write') ? 'may write here' : 'may read here';
  return layout(visit, {
    ...page,
    title: `${page.title} · ${name}`,
    body: html`<div class="repository">
        <h1 class="path">
          <a href="/${name.split('/')[0]}">${name.split('/')[0]}</a> /
          <a href="/${name}">${repository.name}</a>
        </h1>
        <span class="pill">${repository.private ? 'private' : 'public'}</span>
        ${repository.archived ? html`<span class="pill">archived</span>` : ''}
        ${visit.actor ? html`<span class="may">${visit.actor.login} ${may}</span>` : ''}
      </div>
      ${tabs(visit, page.tab)} ${page.body}`,
  });
}

function tabs(visit: RepositoryVisit, current: Tab): Html {
  const { issues, pulls } = openCounts(visit.repository);
  const all = [
    { id: 'code', text: 'Code', path: '' },
    { id: 'issues', text: 'Issues', path: '/issues', count: issues },
    { id: 'pulls', text: 'Pull requests', path: '/pulls', count: pulls },
    { id: 'checks', text: 'Checks', path: '/checks' },
  ];
  return html`<nav class="tabs" aria-label="Repository">
    ${all.map(
      ({ id, text, path, count }) =>
        html`<a href="${pathOf(visit, path)}" ${id === current ? html`aria-current="page"` : ''}
          >${text}${count === undefined ? '' : html` <span class="count">${count}</span>`}</a
        > `,
    )}
  </nav>`;
}
