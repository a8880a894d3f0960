import { z } from 'zod';

import type { Needs } from './access.ts';
import { emitPull } from './events.ts';
import { listCommits, readCommit } from './git-commits.ts';
import { diffFiles, mergeBase } from './git-diff.ts';
import { GithubError, validationFailed } from './github-error.ts';
import { isPull, type PullIssue } from './issue.ts';
import { newIssue } from './new-issue.ts';
import { listAnswer } from './paging.ts';
import { commitPayload, filePayload } from './payload-git.ts';
import { pullPayload, pullSimplePayload } from './payload-pull.ts';
import { appOf, requireActor } from './principal.ts';
import { openPulls } from './ref-updates.ts';
import {
  type Answer,
  locked,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { asText } from './routes-commits.ts';
import { checkText, checkTitle, pullOf } from './threads.ts';
import { type Account, accountById, atLeast, roleIn } from './world.ts';

const READ: Needs = { any: ['pull_requests=read'], role: 'read' };
const WRITE: Needs = { any: ['pull_requests=write'], role: 'read' };
const PULLS = '/repos/{owner}/{repo}/pulls';
const ONE = `${PULLS}/{pull_number}`;

const CreateBody = z.object({
  title: z.string().optional(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
});
const UpdateBody = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});

/** The routes of pull requests. */
export const pullRoutes: readonly Route[] = [
  repositoryRoute(`POST ${PULLS}`, WRITE, locked(create)),
  repositoryRoute(`GET ${PULLS}`, READ, list),
  repositoryRoute(`GET ${ONE}`, READ, get),
  repositoryRoute(`PATCH ${ONE}`, WRITE, locked(update)),
  repositoryRoute(`GET ${ONE}/files`, READ, async (call) => {
    const { pull } = pullOf(call);
    const files = await diffFiles(call.hub.git, call.repository.dir, await rangeOf(call, pull));
    return listAnswer(call, files, (file) =>
      filePayload(call.hub.world, call.repository, { file, ref: pull.headSha }),
    );
  }),
  repositoryRoute(`GET ${ONE}/commits`, READ, async (call) => {
    const { pull } = pullOf(call);
    const range = `${pull.baseSha}..${pull.headSha}`;
    const commits = await listCommits(call.hub.git, call.repository.dir, ['--reverse', range]);
    return listAnswer(call, commits, (commit) =>
      commitPayload(call.hub.world, call.repository, { commit }),
    );
  }),
];

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const { world, git } = hub;
  const body = readBody(call, CreateBody);
  checkTitle('PullRequest', body.title);
  checkText('PullRequest', body.body);
  if (body.draft === true && !repository.drafts) {
    throw refused('Draft pull requests are not supported in this repository.');
  }
  const headRef = headBranch(call, body.head);
  const head = await readCommit(git, repository.dir, `refs/heads/${headRef}`);
  const base = await readCommit(git, repository.dir, `refs/heads/${body.base}`);
  if (!head) throw validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  if (!base) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
  const owner = accountById(world, repository.ownerId).login;
  const twin = openPulls(repository).some(
    ({ pull }) => pull.headRef === headRef && pull.baseRef === body.base,
  );
  if (twin) throw refused(`A pull request already exists for ${owner}:${headRef}.`);
  const ahead = await git.text(repository.dir, ['rev-list', '--count', `${base.sha}..${head.sha}`]);
  if (ahead === '0') throw refused(`No commits between ${body.base} and ${headRef}`);
  if (!(await mergeBase(git, repository.dir, { from: base.sha, to: head.sha }))) {
    throw refused(`The ${headRef} branch has no history in common with ${body.base}`);
  }

  const sender = requireActor(world, principal);
  const issue = newIssue(hub, repository, {
    title: body.title ?? '',
    body: body.body ?? null,
    authorId: sender.id,
    appId: appOf(principal)?.id ?? null,
    pull: {
      id: world.nextId(),
      headRef,
      headSha: head.sha,
      baseRef: body.base,
      baseSha: base.sha,
      draft: body.draft ?? false,
      mergedAt: null,
      mergedById: null,
      mergeCommitSha: null,
      requestedReviewers: new Set(),
      reviews: [],
      reviewComments: [],
    },
  });
  if (!isPull(issue)) throw new Error('a pull request without its half');
  await git.run(repository.dir, ['update-ref', `refs/pull/${issue.number}/head`, head.sha]);
  await emitPull(hub, { action: 'opened', repository, issue, sender });
  return { status: 201, body: await pullPayload(hub, repository, issue) };
}

/** `branch`, or `owner:branch` of this same repository: the stand-in has no forks. */
function headBranch(call: RepositoryCall, head: string): string {
  const owner = accountById(call.hub.world, call.repository.ownerId).login;
  const [first = '', ...rest] = head.split(':');
  if (rest.length === 0) return first;
  if (first.toLowerCase() !== owner.toLowerCase()) {
    throw validationFailed({ resource: 'PullRequest', field: 'head', code: 'invalid' });
  }
  return rest.join(':');
}

function refused(message: string): GithubError {
  return validationFailed({ resource: 'PullRequest', code: 'custom', message });
}

function list(call: RepositoryCall): Promise<Answer> {
  const { query, repository } = call;
  const { world } = call.hub;
  const state = query.get('state') ?? 'open';
  const head = query.get('head');
  const base = query.get('base');
  const owner = accountById(world, repository.ownerId).login;
  const pulls = repository.issues
    .values()
    .filter(isPull)
    .filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        // A head without its owner is ignored, as on GitHub.
        (head === null ||
          !head.includes(':') ||
          head.toLowerCase() === `${owner}:${issue.pull.headRef}`.toLowerCase()) &&
        (base === null || issue.pull.baseRef === base),
    )
    .toArray();
  const ascending = query.get('direction') === 'asc';
  pulls.sort((a, b) => (ascending ? a.number - b.number : b.number - a.number));
  return listAnswer(call, pulls, (issue) => pullSimplePayload(world, repository, issue));
}

async function get(call: RepositoryCall): Promise<Answer> {
  const issue = pullOf(call);
  const text = await asText(call, await rangeOf(call, issue.pull));
  return text ?? { status: 200, body: await pullPayload(call.hub, call.repository, issue) };
}

async function rangeOf(call: RepositoryCall, pull: PullIssue['pull']) {
  const range = { from: pull.baseSha, to: pull.headSha };
  const from = await mergeBase(call.hub.git, call.repository.dir, range);
  return { from: from ?? pull.baseSha, to: pull.headSha };
}

async function update(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const issue = pullOf(call);
  const body = readBody(call, UpdateBody);
  const sender = requireActor(hub.world, principal);
  if (principal.type === 'user' && sender.id !== issue.authorId) {
    if (!atLeast(roleIn(hub.world, repository, sender), 'write')) {
      throw new GithubError(403, 'Must have admin rights to Repository.');
    }
  }
  if (body.title !== undefined) checkTitle('PullRequest', body.title);
  checkText('PullRequest', body.body);
  const changes = await edit(call, issue, body);
  const turned = body.state !== undefined && body.state !== issue.state ? body.state : null;
  if (turned !== null) await turn(call, { issue, state: turned, sender });
  issue.updatedAt = hub.world.now();
  if (Object.keys(changes).length > 0) {
    await emitPull(hub, { action: 'edited', repository, issue, sender, fields: { changes } });
  }
  if (turned !== null) {
    const action = turned === 'closed' ? 'closed' : 'reopened';
    await emitPull(hub, { action, repository, issue, sender });
  }
  return { status: 200, body: await pullPayload(hub, repository, issue) };
}

async function edit(
  call: RepositoryCall,
  issue: PullIssue,
  body: z.infer<typeof UpdateBody>,
): Promise<Record<string, unknown>> {
  const changes: Record<string, unknown> = {};
  if (body.title !== undefined && body.title !== issue.title) {
    changes['title'] = { from: issue.title };
    issue.title = body.title;
  }
  if (body.body !== undefined && body.body !== issue.body) {
    changes['body'] = { from: issue.body ?? '' };
    issue.body = body.body;
  }
  if (body.base !== undefined && body.base !== issue.pull.baseRef) {
    const base = await readCommit(call.hub.git, call.repository.dir, `refs/heads/${body.base}`);
    if (!base) throw validationFailed({ resource: 'PullRequest', field: 'base', code: 'invalid' });
    changes['base'] = { ref: { from: issue.pull.baseRef }, sha: { from: issue.pull.baseSha } };
    issue.pull.baseRef = body.base;
    issue.pull.baseSha = base.sha;
  }
  return changes;
}

async function turn(
  call: RepositoryCall,
  to: Readonly<{ issue: PullIssue; state: 'open' | 'closed'; sender: Account }>,
): Promise<void> {
  const { hub, repository } = call;
  const { issue, state, sender } = to;
  if (state === 'open') {
    const head = await readCommit(hub.git, repository.dir, `refs/heads/${issue.pull.headRef}`);
    if (!head || issue.pull.mergedAt !== null) {
      throw validationFailed({
        resource: 'PullRequest',
        field: 'state',
        code: 'invalid',
        message: `state cannot be changed. The ${issue.pull.headRef} branch has been deleted or merged.`,
      });
    }
    issue.pull.headSha = head.sha;
  }
  issue.state = state;
  issue.closedAt = state === 'closed' ? hub.world.now() : null;
  issue.closedById = state === 'closed' ? sender.id : null;
}
