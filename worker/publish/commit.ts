import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { knownMessage } from '../../core/github/known-message.ts';
import { branchSha } from '../../core/github/repository.ts';
import type { Changes } from '../workspace/changes.ts';
import { type StepDeps, type Target, fenced } from './step.ts';
import { createTree } from './tree.ts';

/** Our commit on its branch. `verified` is what GitHub says about its signature. */
export type PublishedCommit = Readonly<{
  branch: string;
  commit_sha: string;
  verified: boolean | undefined;
}>;

export type CommitInput = Readonly<{ branch: string; message: string; changes: Changes }>;

const Commit = z.object({
  sha: z.string(),
  tree: z.object({ sha: z.string() }),
  parents: z.array(z.object({ sha: z.string() })),
  verification: z.object({ verified: z.boolean() }).nullish(),
});
type Commit = z.infer<typeof Commit>;

/**
 * Puts the change on its branch as one commit on top of the base commit, without author fields, so that GitHub
 * signs it. A branch that holds the very same change already is adopted. Nothing is ever forced.
 * Throws `UserError` `branch_taken` when somebody else's commit is on the branch, and what Octokit throws.
 */
export async function publishCommit(
  deps: StepDeps,
  target: Target,
  input: CommitInput,
): Promise<PublishedCommit> {
  const commit =
    (await adopt(deps, target, input)) ??
    (await createBranch(deps, target, input)) ??
    (await adopt(deps, target, input));
  if (!commit) throw new Error('The branch exists and does not exist');
  await deps.record({ branch: input.branch, commit_sha: commit.sha });
  return {
    branch: input.branch,
    commit_sha: commit.sha,
    verified: commit.verification?.verified,
  };
}

/** The commit on the branch when it is ours; undefined when there is no such branch. */
async function adopt(
  deps: StepDeps,
  target: Target,
  input: CommitInput,
): Promise<Commit | undefined> {
  const repository = { owner: target.owner, name: target.repo };
  const sha = await branchSha(deps.github, { repository, branch: input.branch });
  if (sha === undefined) return undefined;
  const { data } = await deps.github.rest.git.getCommit({ ...target, commit_sha: sha });
  const commit = Commit.parse(data);
  const [parent] = commit.parents;
  const same =
    commit.tree.sha === input.changes.tree &&
    commit.parents.length === 1 &&
    parent?.sha === input.changes.baseSha;
  if (same) return commit;
  throw new UserError(
    'branch_taken',
    `The branch ${input.branch} holds a commit that is not ours; it was left alone.`,
  );
}

/** Makes tree, commit and branch. Undefined when the branch came into being meanwhile. */
async function createBranch(
  deps: StepDeps,
  target: Target,
  input: CommitInput,
): Promise<Commit | undefined> {
  const tree = await createTree(deps, target, input.changes);
  const { data } = await fenced(deps, () =>
    deps.github.rest.git.createCommit({
      ...target,
      message: input.message,
      tree,
      parents: [input.changes.baseSha],
    }),
  );
  const commit = Commit.parse(data);
  try {
    await fenced(deps, () =>
      deps.github.rest.git.createRef({
        ...target,
        ref: `refs/heads/${input.branch}`,
        sha: commit.sha,
      }),
    );
    return commit;
  } catch (error) {
    if (knownMessage(error) === 'reference_exists') return undefined;
    throw error;
  }
}
