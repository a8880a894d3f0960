import { z } from 'zod';
import { UserError } from '../../core/errors.ts';
import { answeredStatus, knownMessage } from '../../core/github/known-message.ts';
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

export type CommitInput = Readonly<{
  branch: string;
  message: string;
  changes: Changes;
  /** The head that the commit replaces: it becomes the first parent, and the base of the change the second. */
  replaces?: string | undefined;
}>;

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
  if (isSame(commit, input)) return commit;
  throw new UserError(
    'branch_taken',
    `The branch ${input.branch} holds a commit that is not ours; it was left alone.`,
  );
}

function isSame(commit: Commit, input: CommitInput): boolean {
  const parents = commit.parents.map(({ sha }) => sha);
  return commit.tree.sha === input.changes.tree && parents.join() === parentsOf(input).join();
}

function parentsOf({ changes, replaces }: CommitInput): string[] {
  return replaces === undefined ? [changes.baseSha] : [replaces, changes.baseSha];
}

export type PushInput = CommitInput &
  Readonly<{
    /** The commit that an earlier try was about to push. */
    noted: string | undefined;
  }>;

/**
 * Puts the change on a branch that exists already, as one commit on top of the head that the work started from, or on
 * top of the head that it replaces. The
 * commit is noted before it is pushed, so that a repetition pushes the same one or finds it there. Nothing is forced.
 * Throws `UserError` `branch_taken` when the head moved on, and what `githubFailure` makes.
 */
export async function pushCommit(
  deps: StepDeps,
  target: Target,
  input: PushInput,
): Promise<PublishedCommit> {
  const noted = await runStep(deps, () => notedCommit(deps, target, input));
  const commit = noted ?? (await createCommit(deps, target, input));
  await deps.record({ branch: input.branch, commit_sha: commit.sha });
  await runStep(deps, () => fastForward(deps, target, { ...input, commit }));
  return {
    branch: input.branch,
    commit_sha: commit.sha,
    verified: commit.verification?.verified,
  };
}

/** The commit that was made before, if it is still there and holds this very change. */
async function notedCommit(
  deps: StepDeps,
  target: Target,
  input: PushInput,
): Promise<Commit | undefined> {
  if (input.noted === undefined) return undefined;
  try {
    const { data } = await deps.github.rest.git.getCommit({ ...target, commit_sha: input.noted });
    const commit = Commit.parse(data);
    return isSame(commit, input) ? commit : undefined;
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}

type Push = PushInput & Readonly<{ commit: Commit }>;

async function fastForward(deps: StepDeps, target: Target, push: Push): Promise<void> {
  const { branch, commit, changes, replaces, noted } = push;
  const repository = { owner: target.owner, name: target.repo };
  const head = await branchSha(deps.github, { repository, branch });
  if (head === undefined)
    throw new UserError('base_branch_missing', `The branch ${branch} does not exist any more.`);
  if (head === commit.sha) return;
  // Pushed before a crash, and people went on with it since.
  if (noted === commit.sha && (await contains(deps, target, { head, sha: commit.sha }))) return;
  if (head !== (replaces ?? changes.baseSha)) throw movedOn(branch);
  try {
    const ref = `heads/${branch}`;
    await fenced(deps, () =>
      deps.github.rest.git.updateRef({ ...target, ref, sha: commit.sha, force: false }),
    );
  } catch (error) {
    if (knownMessage(error) === 'not_fast_forward') throw movedOn(branch);
    throw error;
  }
}

/** True when a branch or commit holds the commit, or is it. Throws what Octokit throws. */
export async function contains(
  deps: Pick<StepDeps, 'github'>,
  target: Target,
  { head, sha }: Readonly<{ head: string; sha: string }>,
): Promise<boolean> {
  try {
    const basehead = `${sha}...${head}`;
    const { data } = await deps.github.rest.repos.compareCommitsWithBasehead({
      ...target,
      basehead,
      per_page: 1,
    });
    return data.status === 'ahead' || data.status === 'identical';
  } catch (error) {
    if (answeredStatus(error) === 404) return false;
    throw error;
  }
}

function movedOn(branch: string): UserError {
  return new UserError(
    'branch_taken',
    `Somebody pushed to ${branch} while the agent worked; their commits were left alone.`,
    { next: 'Write the prompt again: it starts from the present head.' },
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
      parents: parentsOf(input),
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
