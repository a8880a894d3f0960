import { z } from 'zod';

import type { Needs } from './access.ts';
import { emitPull } from './events.ts';
import { type GithubError, unprocessable } from './github-error.ts';
import type { PullIssue } from './issue.ts';
import { accountPayload } from './payload-account.ts';
import { pullSimplePayload } from './payload-pull.ts';
import { requireActor } from './principal.ts';
import {
  type Answer,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { pullOf } from './threads.ts';
import {
  type Account,
  accountById,
  accountByLogin,
  atLeast,
  type Repository,
  roleIn,
} from './world.ts';

const READ: Needs = { any: ['pull_requests=read'], role: 'read' };
const WRITE: Needs = { any: ['pull_requests=write'], role: 'read' };
const ONE = '/repos/{owner}/{repo}/pulls/{pull_number}';

const ReviewersBody = z.object({
  reviewers: z.array(z.string()).optional(),
  team_reviewers: z.array(z.string()).optional(),
});

/** The routes of the people who are asked to review a pull request. */
export const reviewerRoutes: readonly Route[] = [
  repositoryRoute(`GET ${ONE}/requested_reviewers`, READ, (call) => {
    const { world } = call.hub;
    const ids = [...pullOf(call).pull.requestedReviewers];
    const users = ids.map((id) => accountPayload(world, accountById(world, id)));
    return { status: 200, body: { users, teams: [] } };
  }),
  repositoryRoute(`POST ${ONE}/requested_reviewers`, WRITE, requestReviewers),
  repositoryRoute(`DELETE ${ONE}/requested_reviewers`, WRITE, removeReviewers),
];

async function requestReviewers(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const { world } = hub;
  const issue = pullOf(call);
  const body = readBody(call, ReviewersBody);
  const sender = requireActor(world, call.principal);
  const accounts = (body.reviewers ?? []).map((login) => reviewer(call, issue, login));
  if ((body.team_reviewers ?? []).length > 0) throw notCollaborators();
  for (const account of accounts) {
    issue.pull.requestedReviewers.add(account.id);
    await emitPull(hub, {
      action: 'review_requested',
      repository,
      issue,
      sender,
      fields: { requested_reviewer: accountPayload(world, account) },
    });
  }
  return { status: 201, body: pullSimplePayload(world, repository, issue) };
}

function reviewer(call: RepositoryCall, issue: PullIssue, login: string): Account {
  const { world } = call.hub;
  const account = accountByLogin(world, login);
  if (account?.id === issue.authorId) {
    throw unprocessable('Review cannot be requested from pull request author.');
  }
  if (!account || account.type !== 'User' || !collaborates(call.repository, account, call)) {
    throw notCollaborators();
  }
  return account;
}

function collaborates(repository: Repository, account: Account, call: RepositoryCall): boolean {
  const { world } = call.hub;
  const owner = accountById(world, repository.ownerId);
  const known = repository.collaborators.has(account.id) || owner.members.has(account.id);
  return account.id === owner.id || (known && atLeast(roleIn(world, repository, account), 'read'));
}

function notCollaborators(): GithubError {
  return unprocessable(
    'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of this repository.',
  );
}

function removeReviewers(call: RepositoryCall): Answer {
  const { world } = call.hub;
  const issue = pullOf(call);
  for (const login of readBody(call, ReviewersBody).reviewers ?? []) {
    const account = accountByLogin(world, login);
    if (account) issue.pull.requestedReviewers.delete(account.id);
  }
  return { status: 200, body: pullSimplePayload(world, call.repository, issue) };
}
