import { html } from 'hono/html';

import type { GithubError } from '../github-error.ts';
import { layout } from './layout.ts';
import { chooseFirst } from './thread-form.ts';
import type { Html, Visit } from './visit.ts';

const TITLES: Readonly<Record<number, string>> = {
  401: 'Who are you?',
  403: 'You may not do this',
  404: 'Not found',
};

/** A refusal in GitHub's own words, and what to do about it. */
export function errorPage(visit: Visit, { status, message }: GithubError): Html {
  const title = TITLES[status] ?? 'This did not work';
  return layout(visit, {
    title,
    body: html`<h1>${title}</h1>
      <p>${message} <span class="pill">${status}</span></p>
      ${visit.actor ? '' : chooseFirst({ ...visit, url: new URL('/', visit.url) }, 'and try again')}
      <p class="hint">
        What you typed is still there when you go back. <a href="/">All repositories</a>
      </p>`,
  });
}
