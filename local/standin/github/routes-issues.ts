import { z } from 'zod';

import { atLeast, roleIn, type Label, accountByLogin } from './world.ts';
import { emit } from './events.ts';
import { GithubError, validationFailed } from './github-error.ts';
import type { Issue } from './issue.ts';
import { newIssue } from './new-issue.ts';
import { listAnswer } from './paging.ts';
import { issuePayload, labelPayload, labelsOf } from './payload-issue.ts';
import { appOf, requireActor } from './principal.ts';
import { listReactions, react, unreact } from './reactions.ts';
import {
  type Answer,
  param,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { checkText, checkTitle, issueOf, threadNeeds } from './threads.ts';

const LabelName = z.union([z.string(), z.object({ name: z.string() })]);
const Create = z.object({
  title: z.union([z.string(), z.number()]).transform(String),
  body: z.string().nullish(),
  labels: z.array(LabelName).optional(),
  assignees: z.array(z.string()).optional(),
});
const Update = z.object({
  title: z.union([z.string(), z.number()]).transform(String).nullish(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'duplicate', 'reopened']).nullish(),
  labels: z.array(LabelName).optional(),
});
const Labels = z.union([
  z.object({ labels: z.array(LabelName).optional() }).transform((body) => body.labels ?? []),
  z.array(LabelName),
  z.string().transform((name) => [name]),
]);

/** The routes of issues, their labels and the reactions to them. */
export const issueRoutes: readonly Route[] = [
  repositoryRoute(
    'POST /repos/{owner}/{repo}/issues',
    { any: ['issues=write'], role: 'read' },
    create,
  ),
  repositoryRoute('GET /repos/{owner}/{repo}/issues', { any: ['issues=read'], role: 'read' }, list),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/issues/{issue_number}',
    threadNeeds('read'),
    (call) => ({
      status: 200,
      body: issuePayload(call.hub.world, call.repository, issueOf(call)),
    }),
  ),
  repositoryRoute(
    'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
    threadNeeds('write'),
    update,
  ),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/issues/{issue_number}/labels',
    threadNeeds('read'),
    (call) =>
      listAnswer(call, labelsOf(call.hub.world, call.repository, issueOf(call)), (label) => label),
  ),
  repositoryRoute(
    'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
    threadNeeds('write', 'triage'),
    (call) => setLabels(call, { keep: true }),
  ),
  repositoryRoute(
    'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
    threadNeeds('write', 'triage'),
    (call) => setLabels(call, { keep: false }),
  ),
  repositoryRoute(
    'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    threadNeeds('write', 'triage'),
    removeLabel,
  ),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/labels',
    { any: ['issues=read', 'pull_requests=read'], role: 'read' },
    (call) =>
      listAnswer(call, [...call.repository.labels.values()], (label) =>
        labelPayload(call.hub.world, call.repository, label),
      ),
  ),
  repositoryRoute(
    'POST /repos/{owner}/{repo}/issues/{issue_number}/reactions',
    threadNeeds('write'),
    (call) => react(call, issueOf(call).reactions),
  ),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/issues/{issue_number}/reactions',
    threadNeeds('read'),
    (call) => listReactions(call, issueOf(call).reactions),
  ),
  repositoryRoute(
    'DELETE /repos/{owner}/{repo}/issues/{issue_number}/reactions/{reaction_id}',
    threadNeeds('write'),
    (call) => unreact(call, issueOf(call).reactions),
  ),
];

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const body = readBody(call, Create);
  checkTitle('Issue', body.title);
  checkText('Issue', body.body);
  const sender = requireActor(hub.world, principal);
  const issue = newIssue(hub, repository, {
    title: body.title,
    body: body.body ?? null,
    authorId: sender.id,
    appId: appOf(principal)?.id ?? null,
    pull: null,
  });
  addLabels(call, issue, body.labels ?? []);
  for (const login of body.assignees ?? []) {
    const account = accountByLogin(hub.world, login);
    if (account && atLeast(roleIn(hub.world, repository, account), 'triage'))
      issue.assignees.add(account.id);
  }
  const payload = issuePayload(hub.world, repository, issue);
  await emit(hub, {
    event: 'issues',
    action: 'opened',
    repository,
    sender,
    fields: { issue: payload },
  });
  return { status: 201, body: payload };
}

function list(call: RepositoryCall): Promise<Answer> {
  const state = call.query.get('state') ?? 'open';
  const since = Date.parse(call.query.get('since') ?? '') || 0;
  const creator = call.query.get('creator');
  const labels = (call.query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const { world } = call.hub;
  const issues = [...call.repository.issues.values()].filter(
    (issue) =>
      (state === 'all' || issue.state === state) &&
      issue.updatedAt >= since &&
      (creator === null || accountByLogin(world, creator)?.id === issue.authorId) &&
      labels.every((name) => issue.labels.has(name)),
  );
  const ascending = call.query.get('direction') === 'asc';
  issues.sort((a, b) => (ascending ? a.number - b.number : b.number - a.number));
  return listAnswer(call, issues, (issue) => issuePayload(world, call.repository, issue));
}

async function update(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const issue = issueOf(call);
  const body = readBody(call, Update);
  const sender = requireActor(hub.world, call.principal);
  requireAuthorOr(call, issue);
  checkText('Issue', body.body);
  if (body.title) issue.title = body.title;
  if (body.body !== undefined) issue.body = body.body;
  if (body.labels) {
    issue.labels.clear();
    addLabels(call, issue, body.labels);
  }
  const turned = body.state !== undefined && body.state !== issue.state ? body.state : null;
  if (turned !== null) {
    const closed = turned === 'closed';
    issue.state = turned;
    issue.stateReason = closed ? (body.state_reason ?? 'completed') : 'reopened';
    issue.closedAt = closed ? hub.world.now() : null;
    issue.closedById = closed ? sender.id : null;
  }
  issue.updatedAt = hub.world.now();
  const payload = issuePayload(hub.world, repository, issue);
  if (turned !== null && !issue.pull) {
    const action = turned === 'closed' ? 'closed' : 'reopened';
    await emit(hub, { event: 'issues', action, repository, sender, fields: { issue: payload } });
  }
  return { status: 200, body: payload };
}

function requireAuthorOr(call: RepositoryCall, issue: Issue): void {
  const { hub, principal, repository } = call;
  if (principal.type !== 'user' || principal.account.id === issue.authorId) return;
  if (!atLeast(roleIn(hub.world, repository, principal.account), 'triage')) {
    throw new GithubError(403, 'Must have admin rights to Repository.');
  }
}

async function setLabels(call: RepositoryCall, how: Readonly<{ keep: boolean }>): Promise<Answer> {
  const issue = issueOf(call);
  const names = readBody(call, Labels);
  if (!how.keep) issue.labels.clear();
  addLabels(call, issue, names);
  return { status: 200, body: labelsOf(call.hub.world, call.repository, issue) };
}

function removeLabel(call: RepositoryCall): Answer {
  const issue = issueOf(call);
  const name = param(call, 'name').toLowerCase();
  const held = [...issue.labels].find((label) => label.toLowerCase() === name);
  if (held === undefined) throw new GithubError(404, 'Label does not exist');
  issue.labels.delete(held);
  return { status: 200, body: labelsOf(call.hub.world, call.repository, issue) };
}

/** Labels that the repository lacks are made on the way, as GitHub does for whoever may write. */
function addLabels(
  call: RepositoryCall,
  issue: Issue,
  labels: readonly (string | Readonly<{ name: string }>)[],
): void {
  const { hub, repository } = call;
  for (const entry of labels) {
    const name = typeof entry === 'string' ? entry : entry.name;
    if (name.trim() === '' || name.length > 50) {
      throw validationFailed({ resource: 'Label', field: 'name', code: 'invalid', value: name });
    }
    const known = repository.labels.get(name.toLowerCase());
    const label: Label = known ?? {
      id: hub.world.nextId(),
      name,
      color: 'ededed',
      description: null,
    };
    repository.labels.set(name.toLowerCase(), label);
    issue.labels.add(label.name);
  }
}
