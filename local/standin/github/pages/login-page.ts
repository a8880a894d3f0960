import { html } from 'hono/html';

import { GithubError } from '../github-error.ts';
import { type Account, accountByLogin } from '../world.ts';
import { face } from './account-view.ts';
import { layout } from './layout.ts';
import type { Html, Visit } from './visit.ts';

/** The people of this world, each with a button that makes them the acting one. */
export function loginPage(visit: Visit): Html {
  const people = [...visit.hub.world.accounts.values()].filter(({ type }) => type === 'User');
  const to = placeAfter(visit.url.searchParams.get('to') ?? '/');
  return layout(visit, {
    title: 'Who are you?',
    body: html`<h1>Who are you?</h1>
      <p>
        Nobody signs in here: choose the person in whose name you act. Everyone may do what their
        role allows.
      </p>
      <form method="post" action="/login">
        <input type="hidden" name="to" value="${to}" />
        <ul class="list">
          ${people.map((person) => choice(visit, person))}
        </ul>
      </form>`,
  });
}

function choice({ actor, hub }: Visit, person: Account): Html {
  const owned = [...hub.world.repositories.values()].filter(
    ({ ownerId, collaborators }) => ownerId === person.id || collaborators.has(person.id),
  );
  const note =
    owned.length === 0
      ? 'reads what is public'
      : `has a role in ${owned.length} ${owned.length === 1 ? 'repository' : 'repositories'}`;
  return html`<li>
    <button name="login" value="${person.login}">${face(person)} ${person.login}</button>
    <span class="side">${actor?.id === person.id ? 'acting now' : note}</span>
  </li>`;
}

/** Who was chosen, and where to go. Throws 422 for somebody who is not a person of this world. */
export function chosenPerson(visit: Visit): Readonly<{ login: string; to: string }> {
  const person = accountByLogin(visit.hub.world, visit.field('login'));
  if (person?.type !== 'User') throw new GithubError(422, 'There is no such person');
  return { login: person.login, to: placeAfter(visit.field('to')) };
}

/** A place on this server; anything else becomes the first page. */
function placeAfter(to: string): string {
  const base = 'http://here.invalid';
  if (!URL.canParse(to, base)) return '/';
  const { origin, pathname, search } = new URL(to, base);
  return origin === base ? `${pathname}${search}` : '/';
}
