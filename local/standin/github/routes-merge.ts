import { z } from 'zod';

import type { Needs } from './access.ts';
import { writeCommit } from './git-commits.ts';
import { tryMerge } from './git-diff.ts';
import { moveRef, readRef } from './git-refs.ts';
import { GithubError, notFound } from './github-error.ts';
import { isPull } from './issue.ts';
import { listAnswer } from './paging.ts';
import { noreply } from './payload-git.ts';
import { pullSimplePayload } from './payload-pull.ts';
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
import { pullOf } from './threads.ts';
import { accountById } from './world.ts';

const WRITE: Needs = { any: ['contents=write'], role: 'write' };
const Body = z.object({ commit_title: z.string().optional(), sha: z.string().optional() });

/** The routes of merging (with a merge commit, whatever the method) and of finding pull requests by commit. */
export const mergeRoutes: readonly Route[] = [
  repositoryRoute('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', WRITE, locked(merge)),
  repositoryRoute(
    'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    { any: ['pull_requests=read'], role: 'read' },
    (call) => {
      const sha = param(call, 'commit_sha');
      const pulls = [...call.repository.issues.values()].filter(isPull);
      const found = pulls.filter(({ pull }) => [pull.headSha, pull.mergeCommitSha].includes(sha));
      return listAnswer(call, found, (issue) =>
        pullSimplePayload(call.hub.world, call.repository, issue),
      );
    },
  ),
];

async function merge(call: RepositoryCall): Promise<Answer> {
  const { hub, repository } = call;
  const { git, world } = hub;
  const issue = pullOf(call);
  const { pull } = issue;
  const body = readBody(call, Body);
  const ref = `refs/heads/${pull.baseRef}`;
  const base = await readRef(git, repository.dir, ref);
  if (!base) throw notFound();
  if (issue.state !== 'open' || pull.draft) {
    throw new GithubError(405, 'Pull Request is not mergeable');
  }
  if (body.sha !== undefined && body.sha !== pull.headSha) {
    throw new GithubError(409, 'Head branch was modified. Review and try the merge again.');
  }
  const merged = await tryMerge(git, repository.dir, { from: base.sha, to: pull.headSha });
  if (!merged.clean) throw new GithubError(405, 'Pull Request is not mergeable');
  const sender = requireActor(world, call.principal);
  const owner = accountById(world, repository.ownerId).login;
  const self = {
    name: sender.login,
    email: noreply(world, sender),
    date: world.now(),
    offset: '+0000',
  };
  const title = `Merge pull request #${issue.number} from ${owner}/${pull.headRef}`;
  const commit = await writeCommit(repository.dir, {
    tree: merged.tree,
    parents: [base.sha, pull.headSha],
    author: self,
    committer: self,
    message: body.commit_title ?? `${title}\n\n${issue.title}`,
  });
  const move = { ref, before: base.sha, after: commit.sha };
  await moveRef(git, repository.dir, move);
  await afterRefsMoved(hub, repository, { sender, moves: [move] });
  return {
    status: 200,
    body: { sha: commit.sha, merged: true, message: 'Pull Request successfully merged' },
  };
}
