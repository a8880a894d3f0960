import { html } from 'hono/html';
import type { WebProblem } from '../../problem.ts';
import type { Page } from '../visit.ts';

const titles: Readonly<Record<number, string>> = {
  400: 'This address is not complete',
  403: 'Not allowed',
  404: 'Nothing here',
  409: 'Not possible now',
  413: 'Too large',
  421: 'Another server was meant',
  422: 'Not accepted',
  429: 'Too many pages at once',
  500: 'Something is broken here',
  503: 'Not available now',
};

/** What a person is shown in place of the page they asked for, with the way back. */
export function problemPage({ status, message, errors, code }: WebProblem, path: string): Page {
  const again = code === 'sign_in_failed';
  const title = again ? 'Not signed in' : (titles[status] ?? 'This did not work');
  // What is hidden is answered like what is not there, to the last byte.
  const back =
    status === 404 ? undefined : /^\/(?:requests|jobs)\/[0-9a-z-]+(?=\/)/.exec(path)?.[0];
  return {
    title,
    status,
    body: html`<section class="message">
      <p class="code">${status} · ${code}</p>
      <h1>${title}</h1>
      <p>${message}</p>
      ${
        errors.length === 0
          ? ''
          : html`<ul>
              ${errors.map(({ detail }) => html`<li>${detail}</li>`)}
            </ul>`
      }
      <p>
        ${again ? html`<a class="button primary" href="/auth/login">Sign in again</a> ` : ''}
        ${back === undefined ? '' : html`<a class="button" href="${back}">Back</a> `}
        <a class="button" href="/">To the board</a>
      </p>
    </section>`,
  };
}

/** The way in, for whoever asks for a page without being signed in. It is the same whatever they asked for. */
export function signInPage(to: string): Page {
  return {
    title: 'Sign in',
    status: 401,
    body: html`<section class="message">
      <h1>Sign in to see requests</h1>
      <p>
        Requests, threads, patches and costs are shown to those who may read the repositories they
        belong to.
      </p>
      <p>
        <a class="button primary" href="/auth/login?to=${encodeURIComponent(to)}"
          >Sign in with GitHub</a
        >
      </p>
      <p class="hint">
        GitHub only says who you are. This server keeps no token of yours, and does nothing on
        GitHub in your name.
      </p>
    </section>`,
  };
}
