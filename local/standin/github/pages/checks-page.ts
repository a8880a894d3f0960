import { html } from 'hono/html';

import { checkList } from './check-list.ts';
import { repositoryLayout } from './layout.ts';
import type { Html, RepositoryVisit } from './visit.ts';

/** All check runs of a repository, newest first. */
export function checksPage(visit: RepositoryVisit): Html {
  return repositoryLayout(visit, {
    tab: 'checks',
    title: 'Checks',
    live: true,
    body: html`<div data-live id="checks">
      ${checkList(visit, [...visit.repository.checkRuns.values()].toReversed())}
    </div>`,
  });
}
