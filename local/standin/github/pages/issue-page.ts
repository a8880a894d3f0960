import { html } from 'hono/html';

import { type Issue, isPull } from '../issue.ts';
import { labelViews, stateBadge } from './badge.ts';
import { commentView } from './comment-view.ts';
import { repositoryLayout } from './layout.ts';
import { markdownIn } from './repository-markdown.ts';
import { threadForm } from './thread-form.ts';
import {
  apiPathOf,
  type Html,
  issueOf,
  type Moved,
  pathOf,
  type RepositoryVisit,
} from './visit.ts';

/** An issue with its comments and the form for another one; for a pull request, where its page is. */
export function issuePage(visit: RepositoryVisit): Html | Moved {
  const issue = issueOf(visit);
  // As on GitHub, one sequence of numbers leads to both kinds of thread.
  if (isPull(issue)) return { type: 'moved', to: pathOf(visit, `/pull/${issue.number}`) };
  const { comment } = markdownIn(visit);
  return repositoryLayout(visit, {
    tab: 'issues',
    title: `${issue.title} · #${issue.number}`,
    live: true,
    body: html`<div data-live id="thread">
        <h2 class="thread">${issue.title} <span class="number">#${issue.number}</span></h2>
        <p class="state">${stateBadge(issue)} ${labelViews(visit.repository, issue)}</p>
        ${openingView(visit, issue)}
        ${issue.comments.map((one) =>
          commentView(visit, comment, { ...one, anchor: `issuecomment-${one.id}` }),
        )}
      </div>
      ${threadForm(visit, issue)}`,
  });
}

/** The text with which an issue or a pull request begins. */
export function openingView(visit: RepositoryVisit, issue: Issue): Html {
  return commentView(visit, markdownIn(visit).comment, {
    ...issue,
    anchor: `issue-${issue.id}`,
    body: issue.body ?? '',
    verb: 'opened this',
    // The thread's own time of change moves with every comment.
    updatedAt: issue.createdAt,
  });
}

/** Does what the form under an issue says; returns the path of its page. */
export async function changeIssue(visit: RepositoryVisit): Promise<string> {
  const issue = issueOf(visit);
  await changeThread(visit, issue);
  return pathOf(visit, `/issues/${issue.number}`);
}

/** Sends what the form under the thread says: a comment, closing or reopening, or a comment with one of them. */
export async function changeThread(visit: RepositoryVisit, issue: Issue): Promise<void> {
  const body = visit.field('body');
  const action = visit.field('action');
  const turns = action === 'close' || action === 'reopen';
  if (!turns || body.trim() !== '') {
    await visit.send(`POST ${apiPathOf(visit, `/issues/${issue.number}/comments`)}`, { body });
  }
  if (!turns) return;
  const kind = isPull(issue) ? 'pulls' : 'issues';
  await visit.send(`PATCH ${apiPathOf(visit, `/${kind}/${issue.number}`)}`, {
    state: action === 'close' ? 'closed' : 'open',
  });
}
