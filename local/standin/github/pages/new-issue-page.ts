import { html } from 'hono/html';
import { z } from 'zod';

import { repositoryLayout } from './layout.ts';
import { chooseFirst } from './thread-form.ts';
import { apiPathOf, type Html, pathOf, type RepositoryVisit } from './visit.ts';

/** The form for a new issue. */
export function newIssuePage(visit: RepositoryVisit): Html {
  return repositoryLayout(visit, {
    tab: 'issues',
    title: 'New issue',
    body: html`<h2>New issue</h2>
      ${visit.actor ? form(visit) : chooseFirst(visit, 'to open an issue')}`,
  });
}

function form(visit: RepositoryVisit): Html {
  return html`<form class="compose" method="post" action="${pathOf(visit, '/issues')}">
    <label for="title">Title</label>
    <input id="title" name="title" required maxlength="256" />
    <label for="body">Description</label>
    <textarea id="body" name="body" rows="8"></textarea>
    <div class="buttons"><button class="primary">Open the issue</button></div>
  </form>`;
}

const Opened = z.object({ number: z.number() });

/** Opens the issue and returns the path of its page. */
export async function openIssue(visit: RepositoryVisit): Promise<string> {
  const body = visit.field('body');
  const answer = await visit.send(`POST ${apiPathOf(visit, '/issues')}`, {
    title: visit.field('title'),
    ...(body !== '' && { body }),
  });
  return pathOf(visit, `/issues/${Opened.parse(answer).number}`);
}
