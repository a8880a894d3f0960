import { z } from 'zod';

import { holds, type Needs } from './access.ts';
import { objectTypes, isSha } from './git-objects.ts';
import { isAncestor, isRefName, listRefs, moveRef, NO_SHA, readRef, type Ref } from './git-refs.ts';
import { notAccessible, GithubError, unprocessable } from './github-error.ts';
import { listAnswer } from './paging.ts';
import { refPayload } from './payload-git.ts';
import { requireActor } from './principal.ts';
import { afterRefsMoved } from './ref-updates.ts';
import {
  type Answer,
  locked,
  param,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { filled } from './routes-git.ts';

const READ: Needs = { any: ['contents=read'], role: 'read' };
const WRITE: Needs = { any: ['contents=write'], role: 'write' };
const GIT = '/repos/{owner}/{repo}/git';

const CreateBody = z.object({ ref: z.string(), sha: z.string() });
const UpdateBody = z.object({ sha: z.string(), force: z.boolean().optional() });

/** The Git Data routes of refs. Each change takes the repository's lock and has what follows from a push. */
export const refRoutes: readonly Route[] = [
  repositoryRoute(`GET ${GIT}/ref/{ref}`, READ, filled(get)),
  repositoryRoute(`GET ${GIT}/matching-refs/{ref}`, READ, filled(list)),
  repositoryRoute(`POST ${GIT}/refs`, WRITE, filled(locked(create))),
  repositoryRoute(`PATCH ${GIT}/refs/{ref}`, WRITE, filled(locked(update))),
  repositoryRoute(`DELETE ${GIT}/refs/{ref}`, WRITE, filled(locked(remove))),
];

async function get(call: RepositoryCall): Promise<Answer> {
  const ref = await readRef(call.hub.git, call.repository.dir, nameOf(call));
  if (!ref) throw new GithubError(404, 'Not Found');
  return { status: 200, body: refPayload(call.hub.world, call.repository, ref) };
}

async function list(call: RepositoryCall): Promise<Answer> {
  const refs = await listRefs(call.hub.git, call.repository.dir, 'refs');
  const matching = refs.filter((ref) => ref.ref.startsWith(nameOf(call)));
  return listAnswer(call, matching, (ref) => refPayload(call.hub.world, call.repository, ref));
}

async function create(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const body = readBody(call, CreateBody);
  if (!(await isRefName(hub.git, repository.dir, body.ref))) {
    throw unprocessable('Reference name is not valid');
  }
  const type = await requireObject(call, body.sha);
  await requireWorkflows(call, body.sha);
  const move = { ref: body.ref, before: NO_SHA, after: body.sha };
  if (!(await moveRef(hub.git, repository.dir, move))) {
    throw unprocessable('Reference already exists');
  }
  await follow(call, move);
  return shown(call, 201, { ref: body.ref, sha: body.sha, type });
}

async function update(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const body = readBody(call, UpdateBody);
  const ref = nameOf(call);
  const old = await readRef(hub.git, repository.dir, ref);
  if (!old) throw unprocessable('Reference does not exist');
  const type = await requireObject(call, body.sha);
  await requireWorkflows(call, body.sha);
  const forward = await isAncestor(hub.git, repository.dir, {
    ancestor: old.sha,
    commit: body.sha,
  });
  if (!forward && body.force !== true) throw unprocessable('Update is not a fast forward');
  if (!forward) refuseProtected(call, ref);
  const move = { ref, before: old.sha, after: body.sha };
  if (!(await moveRef(hub.git, repository.dir, move))) {
    throw unprocessable('Reference cannot be updated');
  }
  if (move.before !== move.after) await follow(call, move);
  return shown(call, 200, { ref, sha: body.sha, type });
}

async function remove(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const ref = nameOf(call);
  const old = await readRef(hub.git, repository.dir, ref);
  if (!old) throw unprocessable('Reference does not exist');
  refuseProtected(call, ref);
  await moveRef(hub.git, repository.dir, { ref, before: old.sha, after: null });
  await follow(call, { ref, before: old.sha, after: NO_SHA });
  return { status: 204 };
}

function nameOf(call: RepositoryCall): string {
  return `refs/${param(call, 'ref')}`;
}

async function requireObject(call: RepositoryCall, sha: string): Promise<string> {
  const [type] = isSha(sha) ? await objectTypes(call.hub.git, call.repository.dir, [sha]) : [];
  if (type === undefined) throw unprocessable('Object does not exist');
  return type;
}

function refuseProtected(call: RepositoryCall, ref: string): void {
  const branch = ref.replace(/^refs\/heads\//, '');
  if (call.repository.protectedBranches.has(branch)) {
    throw unprocessable(`Protected branch update failed for ${ref}.`);
  }
}

/** New commits that change a workflow need the `workflows` permission here as they do on a push. */
async function requireWorkflows(call: RepositoryCall, sha: string): Promise<void> {
  const { hub, principal, repository } = call;
  if (principal.type !== 'installation') return;
  if (holds(principal, 'workflows=write')) return;
  const touched = await hub.git.text(repository.dir, [
    'log',
    '--format=',
    '--name-only',
    sha,
    '--not',
    '--all',
    '--',
    '.github/workflows',
  ]);
  if (touched !== '') throw notAccessible('contents=write,workflows=write');
}

function follow(
  call: RepositoryCall,
  move: Readonly<{ ref: string; before: string; after: string }>,
): Promise<void> {
  const sender = requireActor(call.hub.world, call.principal);
  return afterRefsMoved(call.hub, call.repository, { sender, moves: [move] });
}

function shown(call: RepositoryCall, status: number, ref: Ref): Answer {
  return { status, body: refPayload(call.hub.world, call.repository, ref) };
}
