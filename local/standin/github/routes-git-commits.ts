import { z } from 'zod';

import type { Needs } from './access.ts';
import { readCommit, type Signature, writeCommit } from './git-commits.ts';
import { isSha, objectTypes } from './git-objects.ts';
import { notFound, unprocessable } from './github-error.ts';
import { gitCommitPayload, noreply, seal } from './payload-git.ts';
import { requireActor } from './principal.ts';
import {
  type Answer,
  readBody,
  type RepositoryCall,
  repositoryRoute,
  type Route,
} from './route.ts';
import { filled, shaParam } from './routes-git.ts';

const READ: Needs = { any: ['contents=read'], role: 'read' };
const WRITE: Needs = { any: ['contents=write'], role: 'write' };
const GIT = '/repos/{owner}/{repo}/git';

const Person = z.object({
  name: z.string().optional(),
  email: z.string().optional(),
  date: z.string().optional(),
});
const CommitBody = z.object({
  message: z.string(),
  tree: z.string(),
  parents: z.array(z.string()).optional(),
  author: Person.optional(),
  committer: Person.optional(),
  signature: z.string().optional(),
});

/** The Git Data routes of commits. A commit has the SHA-1 that git itself would give it. */
export const gitCommitRoutes: readonly Route[] = [
  repositoryRoute(`POST ${GIT}/commits`, WRITE, filled(createCommit)),
  repositoryRoute(`GET ${GIT}/commits/{commit_sha}`, READ, filled(getCommit)),
];

async function createCommit(call: RepositoryCall): Promise<Answer> {
  const { hub, repository, principal } = call;
  const { git, world } = hub;
  const body = readBody(call, CommitBody);
  const [tree, ...parents] = await objectTypes(git, repository.dir, [
    body.tree,
    ...(body.parents ?? []),
  ]);
  if (tree !== 'tree' || !isSha(body.tree)) throw unprocessable('Tree SHA does not exist');
  const lost = (body.parents ?? []).find(
    (sha, index) => parents[index] !== 'commit' || !isSha(sha),
  );
  if (lost !== undefined)
    throw unprocessable('Parent SHA does not exist or is not a commit object');

  const actor = requireActor(world, principal);
  const now = { date: world.now(), offset: '+0000' };
  const self: Signature = { name: actor.login, email: noreply(world, actor), ...now };
  const author = body.author ? toSignature(body.author, self) : self;
  const plain = !body.author && !body.committer && body.signature === undefined;
  // GitHub signs only what an App commits under its own name, and then stands as the committer itself.
  const signs = plain && principal.type === 'installation';
  const email = `noreply@${new URL(world.origin).hostname}`;
  const github: Signature = { name: 'GitHub', email, ...now };
  const other = body.committer ? toSignature(body.committer, self) : author;
  const given = body.signature;
  const commit = await writeCommit(repository.dir, {
    tree: body.tree,
    parents: body.parents ?? [],
    author,
    committer: signs ? github : other,
    message: body.message,
    ...(signs && { sign: seal }),
    ...(given !== undefined && { sign: () => given }),
  });
  return { status: 201, body: gitCommitPayload(world, repository, commit) };
}

function toSignature(person: z.infer<typeof Person>, fallback: Signature): Signature {
  if (person.name === undefined || person.email === undefined) {
    throw unprocessable('Invalid request.\n\n"name" and "email" must be supplied together.');
  }
  const date = person.date === undefined ? fallback.date : Date.parse(person.date);
  const zone = /([+-])(\d{2}):?(\d{2})$/.exec(person.date ?? '');
  const offset = zone ? `${zone[1]}${zone[2]}${zone[3]}` : '+0000';
  return { name: person.name, email: person.email, date, offset };
}

async function getCommit(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const commit = await readCommit(hub.git, repository.dir, shaParam(call, 'commit_sha'));
  if (!commit) throw notFound();
  return { status: 200, body: gitCommitPayload(hub.world, repository, commit) };
}
