import { html } from 'hono/html';

import { GithubError } from '../github-error.ts';
import { accountByLogin, atLeast, fullName, type Repository } from '../world.ts';
import { layout } from './layout.ts';
import { openCounts } from './open-counts.ts';
import { type Html, roleOf, type Visit } from './visit.ts';

/** All repositories that the person may see; of one account where the path names it. Throws 404 for an unknown one. */
export function homePage(visit: Visit): Html {
  const { hub } = visit;
  const login = visit.param('owner');
  const owner = accountByLogin(hub.world, login);
  if (login !== '' && !owner) throw new GithubError(404, 'Not Found');
  const repositories = [...hub.world.repositories.values()].filter(
    (repository) =>
      (!owner || repository.ownerId === owner.id) && atLeast(roleOf(visit, repository), 'read'),
  );
  return layout(visit, {
    title: owner?.login ?? 'Repositories',
    body: html`<h1>${owner ? `Repositories of ${owner.login}` : 'Repositories'}</h1>
      ${
        repositories.length === 0
          ? html`<p class="empty">There is no repository that you may see.</p>`
          : html`<ul class="list">
              ${repositories.map((repository) => entry(visit, repository))}
            </ul>`
      }`,
  });
}

function entry({ hub }: Visit, repository: Repository): Html {
  const name = fullName(hub.world, repository);
  const { issues, pulls } = openCounts(repository);
  return html`<li>
    <a class="title" href="/${name}">${name}</a>
    <span class="pill">${repository.private ? 'private' : 'public'}</span>
    <span class="side">
      <a href="/${name}/issues">${counted(issues, 'open issue')}</a>
      <a href="/${name}/pulls">${counted(pulls, 'open pull request')}</a>
    </span>
  </li>`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
