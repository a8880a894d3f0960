import { html } from 'hono/html';

import type { PullIssue, Review } from '../issue.ts';
import { accountById } from '../world.ts';
import { face, name } from './account-view.ts';
import { labelViews } from './badge.ts';
import { checkList, checksOf } from './check-list.ts';
import { commentView } from './comment-view.ts';
import { openingView } from './issue-page.ts';
import { mergeBox } from './merge-box.ts';
import { pullLayout } from './pull-layout.ts';
import { threadsOf, threadView } from './pull-threads.ts';
import { markdownIn } from './repository-markdown.ts';
import { threadForm } from './thread-form.ts';
import { time } from './time.ts';
import { type Html, pathOf, pullOf, type RepositoryVisit } from './visit.ts';

/** A pull request's conversation: comments, reviews with their remarks, checks, and what can be done with it. */
export function pullPage(visit: RepositoryVisit): Promise<Html> {
  const issue = pullOf(visit);
  const { pull } = issue;
  return pullLayout(visit, issue, {
    tab: 'conversation',
    body: html`<div data-live id="thread">
        ${people(visit, issue)} ${openingView(visit, issue)}
        ${timeline(visit, issue)
          .toSorted((a, b) => a.at - b.at)
          .map(({ view }) => view)}
        <section class="box" id="checks">
          <h3>
            Checks of
            <a href="${pathOf(visit, `/commit/${pull.headSha}`)}"
              ><code>${pull.headSha.slice(0, 7)}</code></a
            >
          </h3>
          ${checkList(visit, checksOf(visit, pull.headSha))}
        </section>
        ${mergeBox(visit, issue)}
      </div>
      ${threadForm(visit, issue)}`,
  });
}

function people(visit: RepositoryVisit, issue: PullIssue): Html {
  const { world } = visit.hub;
  const reviewers = [...issue.pull.requestedReviewers].map((id) => accountById(world, id));
  const labels = labelViews(visit.repository, issue);
  return html`<dl class="facts">
    <div>
      <dt>Reviewers</dt>
      <dd>
        ${reviewers.length === 0 ? 'none asked' : reviewers.map((one) => html`${face(one)} ${one.login} `)}
      </dd>
    </div>
    <div>
      <dt>Labels</dt>
      <dd>${labels.length === 0 ? 'none' : labels}</dd>
    </div>
  </dl>`;
}

type Item = Readonly<{ at: number; view: Html }>;

function timeline(visit: RepositoryVisit, issue: PullIssue): Item[] {
  const { comment } = markdownIn(visit);
  const comments = issue.comments.map((one) => ({
    at: one.createdAt,
    view: commentView(visit, comment, { ...one, anchor: `issuecomment-${one.id}` }),
  }));
  const reviews = issue.pull.reviews.flatMap((review) => {
    const view = reviewView(visit, issue, review);
    return view === undefined ? [] : [{ at: review.submittedAt, view }];
  });
  return [...comments, ...reviews, ...endOf(visit, issue)];
}

const VERBS = {
  APPROVED: 'approved these changes',
  CHANGES_REQUESTED: 'asked for changes',
  COMMENTED: 'reviewed',
} as const;

/** A review with the threads that it began; undefined for one that is not sent or only holds answers. */
function reviewView(visit: RepositoryVisit, issue: PullIssue, review: Review): Html | undefined {
  const { world } = visit.hub;
  const threads = threadsOf(issue).filter(({ first }) => first.reviewId === review.id);
  if (review.state === 'PENDING') return undefined;
  if (review.state === 'COMMENTED' && review.body === '' && threads.length === 0) return undefined;
  const author = accountById(world, review.userId);
  const head = html`${face(author)} ${name(author)} ${VERBS[review.state]}
  ${time(world.now(), review.submittedAt)}`;
  return html`<section class="review" id="pullrequestreview-${review.id}">
    ${
      review.body === ''
        ? html`<p class="event">${head}</p>`
        : commentView(visit, markdownIn(visit).comment, {
            anchor: `review-${review.id}`,
            authorId: review.userId,
            body: review.body,
            createdAt: review.submittedAt,
            updatedAt: review.submittedAt,
            reactions: [],
            verb: VERBS[review.state],
          })
    }
    ${threads.map((thread) => threadView(visit, issue, thread))}
  </section>`;
}

/** How it was closed, as the last entry. */
function endOf(visit: RepositoryVisit, { closedAt, closedById, pull }: PullIssue): Item[] {
  if (closedAt === null || closedById === null) return [];
  const { world } = visit.hub;
  const account = accountById(world, closedById);
  const verb = pull.mergedAt === null ? 'closed this' : 'merged this';
  const view = html`<p class="event">
    ${face(account)} ${name(account)} ${verb} ${time(world.now(), closedAt)}
  </p>`;
  return [{ at: closedAt, view }];
}
