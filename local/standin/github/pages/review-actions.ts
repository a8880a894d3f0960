import { unprocessable } from '../github-error.ts';
import type { PullIssue } from '../issue.ts';
import { draftsOf } from './pull-files-page.ts';
import type { Remark } from './review-drafts.ts';
import { apiPathOf, pathOf, pullOf, type RepositoryVisit, requirePerson } from './visit.ts';

/** Does what a button among the changed files says; returns the path of the page to show. */
export async function changeReview(visit: RepositoryVisit): Promise<string> {
  const issue = pullOf(visit);
  const page = pathOf(visit, `/pull/${issue.number}`);
  const drafts = draftsOf(visit, issue);
  const removed = visit.field('remove');
  if (removed !== '') {
    keep(visit, issue, drafts.toSpliced(Number(removed), 1));
    return `${page}/files#review`;
  }
  switch (visit.field('action')) {
    case 'draft':
      keep(visit, issue, [...drafts, remarkOf(visit)]);
      return `${page}/files#review`;
    case 'comment':
      await visit.send(`POST ${apiPathOf(visit, `/pulls/${issue.number}/comments`)}`, {
        ...remarkOf(visit),
        commit_id: issue.pull.headSha,
      });
      return `${page}/files`;
    case 'discard':
      keep(visit, issue, []);
      return `${page}/files`;
    default:
      await submit(visit, issue, drafts);
      return page;
  }
}

async function submit(visit: RepositoryVisit, issue: PullIssue, drafts: readonly Remark[]) {
  const body = visit.field('body');
  const event = visit.field('event');
  if (body.trim() === '' && drafts.length === 0 && event !== 'APPROVE') {
    throw unprocessable('A review needs a text or a remark on a line.');
  }
  await visit.send(`POST ${apiPathOf(visit, `/pulls/${issue.number}/reviews`)}`, {
    event,
    ...(body !== '' && { body }),
    commit_id: issue.pull.headSha,
    comments: drafts,
  });
  keep(visit, issue, []);
}

function keep(visit: RepositoryVisit, { pull }: PullIssue, drafts: readonly Remark[]): void {
  visit.drafts.set({ accountId: requirePerson(visit).id, pullId: pull.id }, drafts);
}

function remarkOf(visit: RepositoryVisit): Remark {
  const body = visit.field('body');
  if (body.trim() === '') throw unprocessable('A remark needs a text.');
  return {
    path: visit.field('path'),
    line: Number(visit.field('line')),
    side: visit.field('side') === 'LEFT' ? 'LEFT' : 'RIGHT',
    body,
  };
}
