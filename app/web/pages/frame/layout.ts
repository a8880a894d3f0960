import { html } from 'hono/html';
import type { Html } from '../html.ts';
import type { Page } from '../visit.ts';
import type { Assets } from '../read-assets.ts';

/** Who looks at a page, and what their forms hold. */
export type Reader = Readonly<{ login: string; token: string }>;

type Framed = Page &
  Readonly<{
    assets: Assets;
    /** Undefined when nobody is signed in, or it is not known who is. */
    reader: Reader | undefined;
    /** Said on every page about a model that is not what its name says. */
    note: string | undefined;
  }>;

const places = [
  { section: 'board', path: '/', text: 'Board' },
  { section: 'new', path: '/new', text: 'New request' },
  { section: 'usage', path: '/usage', text: 'Usage' },
] as const;

/** A whole page with the head, the landmarks and the foot that every page has. */
export function layout(page: Framed): Html {
  const { assets, title, body, live, reader, note } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Cody Batch</title>
        <link rel="stylesheet" href="${assets.style.path}" />
        <link rel="icon" href="${assets.icon.path}" type="image/svg+xml" />
        <script src="${assets.script.path}" type="module"></script>
      </head>
      <body
        ${live ? html`data-live="${live.everyMs}"` : ''}
        ${live?.events === undefined ? '' : html`data-events="${live.events}"`}
      >
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="home" href="/">Cody Batch</a>
          ${reader ? navigation(page) : ''} ${reader ? who(reader) : ''}
          ${note === undefined || !reader ? '' : html`<p class="model-note">${note}</p>`}
        </header>
        <main id="main" tabindex="-1">
          ${live ? withoutScript : ''} ${body}
          <p id="announcement" class="unseen" role="status"></p>
        </main>
      </body>
    </html>`;
}

const withoutScript = html`<noscript
  ><p class="hint">Reload this page to see what has changed.</p></noscript
>`;

function navigation({ section }: Page): Html {
  return html`<nav aria-label="Pages">
    ${places.map(
      (place) =>
        html`<a href="${place.path}" ${place.section === section ? html`aria-current="page"` : ''}
          >${place.text}</a
        > `,
    )}
  </nav>`;
}

function who({ login, token }: Reader): Html {
  return html`<form class="who" method="post" action="/auth/sign-out">
    <input type="hidden" name="token" value="${token}" />
    <span>${login}</span>
    <button class="plain" type="submit">Sign out</button>
  </form>`;
}
