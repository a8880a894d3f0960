import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { knownMessage } from '../../core/github/known-message.ts';
import { branchSha } from '../../core/github/repository.ts';
import type { Changes } from '../workspace/changes.ts';
import { type StepDeps, type Target, fenced, repeatable, runStep } from './step.ts';
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
 * Throws `UserError` `branch_taken` when somebody else's commit is on the branch, and what `githubFailure` makes.
 */
export async function publishCommit(
  deps: StepDeps,
  target: Target,
  input: CommitInput,
): Promise<PublishedCommit> {
  const lookUp = () => runStep(deps, () => adopt(deps, target, input));
  const commit =
    (await lookUp()) ??
    (await branchOff(deps, target, {
      ...input,
      commit: await createCommit(deps, target, input),
    })) ??
    (await lookUp());
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

/** Trees and commits without a branch are seen by nobody, so that each can be made again by itself. */
async function createCommit(deps: StepDeps, target: Target, input: CommitInput): Promise<Commit> {
  const tree = await createTree(deps, target, input.changes);
  const { data } = await repeatable(deps, () =>
    deps.github.rest.git.createCommit({
      ...target,
      message: input.message,
      tree,
      parents: [input.changes.baseSha],
    }),
  );
  return Commit.parse(data);
}

/** Puts the branch on the commit. Undefined when the branch exists by now: ours after a lost answer, or another. */
async function branchOff(
  deps: StepDeps,
  target: Target,
  made: Readonly<{ branch: string; commit: Commit }>,
): Promise<Commit | undefined> {
  return runStep(deps, async () => {
    try {
      await fenced(deps, () =>
        deps.github.rest.git.createRef({
          ...target,
          ref: `refs/heads/${made.branch}`,
          sha: made.commit.sha,
        }),
      );
      return made.commit;
    } catch (error) {
      if (knownMessage(error) === 'reference_exists') return undefined;
      throw error;
    }
  });
}
