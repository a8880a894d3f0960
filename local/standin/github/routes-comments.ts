import { z } from 'zod';

import { emit } from './events.ts';
import { GithubError } from './github-error.ts';
import type { Comment, Issue } from './issue.ts';
import { listAnswer } from './paging.ts';
import { commentPayload, issuePayload } from './payload-issue.ts';
import { appOf, requireActor } from './principal.ts';
import { listReactions, react, unreact } from './reactions.ts';
import {
  type Answer,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { checkText, commentOf, issueOf, threadNeeds } from './threads.ts';
import { atLeast, roleIn } from './world.ts';

const Body = z.object({ body: z.string() });
const LIST = 'GET /repos/{owner}/{repo}/issues/comments';
const ONE = '/repos/{owner}/{repo}/issues/comments/{comment_id}';
const THREAD = '/repos/{owner}/{repo}/issues/{issue_number}/comments';

/** The routes of comments on issues and pull requests, and of the reactions to them. */
export const commentRoutes: readonly Route[] = [
  repositoryRoute(LIST, { any: ['issues=read', 'pull_requests=read'], role: 'read' }, (call) =>
    listComments(call, [...call.repository.issues.values()]),
  ),
  repositoryRoute(`POST ${THREAD}`, threadNeeds('write'), create),
  repositoryRoute(`GET ${THREAD}`, threadNeeds('read'), (call) =>
    listComments(call, [issueOf(call)]),
  ),
  repositoryRoute(`GET ${ONE}`, threadNeeds('read'), (call) => ({
    status: 200,
    body: commentPayload(call.hub.world, call.repository, commentOf(call)),
  })),
  repositoryRoute(`PATCH ${ONE}`, threadNeeds('write'), update),
  repositoryRoute(`DELETE ${ONE}`, threadNeeds('write'), remove),
  repositoryRoute(`POST ${ONE}/reactions`, threadNeeds('write'), (call) =>
    react(call, commentOf(call).comment.reactions),
  ),
  repositoryRoute(`GET ${ONE}/reactions`, threadNeeds('read'), (call) =>
    listReactions(call, commentOf(call).comment.reactions),
  ),
  repositoryRoute(`DELETE ${ONE}/reactions/{reaction_id}`, threadNeeds('write'), (call) =>
    unreact(call, commentOf(call).comment.reactions),
  ),
];

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const issue = issueOf(call);
  const { body } = readBody(call, Body);
  checkText('IssueComment', body, true);
  const now = hub.world.now();
  const comment: Comment = {
    id: hub.world.nextId(),
    body,
    authorId: requireActor(hub.world, principal).id,
    appId: appOf(principal)?.id ?? null,
    createdAt: now,
    updatedAt: now,
    reactions: [],
  };
  issue.comments.push(comment);
  issue.updatedAt = now;
  const payload = commentPayload(hub.world, repository, { issue, comment });
  await announce(call, { action: 'created', issue, comment });
  return { status: 201, body: payload };
}

function listComments(call: RepositoryCall, issues: readonly Issue[]): Promise<Answer> {
  const since = Date.parse(call.query.get('since') ?? '') || 0;
  const all = issues
    .flatMap((issue) => issue.comments.map((comment) => ({ issue, comment })))
    .filter(({ comment }) => comment.updatedAt >= since)
    .toSorted((a, b) => a.comment.id - b.comment.id);
  const shown = call.query.get('direction') === 'desc' ? all.toReversed() : all;
  return listAnswer(call, shown, (on) => commentPayload(call.hub.world, call.repository, on));
}

async function update(call: RepositoryCall): Promise<Answer> {
  const on = commentOf(call);
  const { body } = readBody(call, Body);
  requireOwn(call, on.comment);
  checkText('IssueComment', body, true);
  const before = on.comment.body;
  on.comment.body = body;
  on.comment.updatedAt = call.hub.world.now();
  await announce(call, { ...on, action: 'edited', changes: { body: { from: before } } });
  return { status: 200, body: commentPayload(call.hub.world, call.repository, on) };
}

async function remove(call: RepositoryCall): Promise<Answer> {
  const { issue, comment } = commentOf(call);
  requireOwn(call, comment);
  issue.comments.splice(issue.comments.indexOf(comment), 1);
  await announce(call, { action: 'deleted', issue, comment });
  return { status: 204 };
}

/** Anyone may change what is their own; people with write access and Apps with the permission also the rest. */
function requireOwn(call: RepositoryCall, comment: Comment): void {
  const { hub, principal, repository } = call;
  if (principal.type !== 'user' || principal.account.id === comment.authorId) return;
  if (!atLeast(roleIn(hub.world, repository, principal.account), 'write')) {
    throw new GithubError(403, 'Must have admin rights to Repository.');
  }
}

async function announce(
  call: RepositoryCall,
  what: Readonly<{
    action: 'created' | 'edited' | 'deleted';
    issue: Issue;
    comment: Comment;
    changes?: Readonly<Record<string, unknown>>;
  }>,
): Promise<void> {
  const { hub, repository, principal } = call;
  const { action, issue, comment, changes } = what;
  await emit(hub, {
    event: 'issue_comment',
    action,
    repository,
    sender: requireActor(hub.world, principal),
    fields: {
      ...(changes && { changes }),
      issue: issuePayload(hub.world, repository, issue),
      comment: commentPayload(hub.world, repository, { issue, comment }),
    },
  });
}
