import { markReady } from '../ready-for-review.ts';
import { changeThread } from './issue-page.ts';
import { apiPathOf, pathOf, pullOf, type RepositoryVisit, requirePerson } from './visit.ts';

/** Does what a button on the conversation of a pull request says; returns the path of the page to show. */
export async function changePull(visit: RepositoryVisit): Promise<string> {
  const { hub, repository } = visit;
  const issue = pullOf(visit);
  switch (visit.field('action')) {
    case 'merge':
      await visit.send(`PUT ${apiPathOf(visit, `/pulls/${issue.number}/merge`)}`, {
        sha: visit.field('sha'),
      });
      break;
    case 'ready':
      await markReady(hub, { repository, issue, sender: requirePerson(visit) });
      break;
    default:
      await changeThread(visit, issue);
  }
  return pathOf(visit, `/pull/${issue.number}`);
}
