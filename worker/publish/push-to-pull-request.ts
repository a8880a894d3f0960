import { UserError } from '../../core/errors.ts';
import { pullRequestState, type PullRequestState } from '../../core/github/pull-request.ts';
import type { Iteration, PullRequestRef } from '../../core/job.ts';
import { contains, type PushInput, pushCommit } from './commit.ts';
import { type StepDeps, type Target, runStep } from './step.ts';

export type PullRequestPush = PushInput &
  Readonly<{ iteration: Iteration; /** Numeric id of the target. */ repositoryId: number }>;

/** What came of it: the same pull request, with one more commit. */
export type Pushed = Readonly<{
  type: 'pull_request';
  pull_request: PullRequestRef;
  branch: string;
  commit_sha: string;
}>;

/**
 * Adds the change to an open pull request as one commit on its branch. Title, draft and reviewers stay as people left
 * them, and of the body all but its flags, which `flagPullRequest` writes. Throws `UserError` `pull_request_closed` or `branch_taken` and then has pushed nothing.
 */
export async function pushToPullRequest(
  deps: StepDeps,
  target: Target,
  push: PullRequestPush,
): Promise<Pushed> {
  const state = await runStep(deps, () => openPullRequest(deps, target, push));
  if (push.replaces !== undefined)
    await runStep(deps, () => assertSameBase(deps, target, { push, state }));
  const commit = await pushCommit(deps, target, push);
  const { branch, commit_sha, verified } = commit;
  const pull_request: PullRequestRef = {
    number: state.number,
    url: state.url,
    draft: state.draft,
    head_sha: commit_sha,
    files: push.changes.stat.files,
    ...(verified === undefined ? {} : { verified }),
  };
  await deps.record({ pull_request });
  return { type: 'pull_request', pull_request, branch, commit_sha };
}

async function openPullRequest(
  deps: StepDeps,
  target: Target,
  { iteration, repositoryId, branch }: PullRequestPush,
): Promise<PullRequestState> {
  const number = iteration.pull_request;
  const repository = { owner: target.owner, name: target.repo };
  const state = await pullRequestState(deps.github, { repository, number });
  if (!state?.open)
    throw new UserError(
      'pull_request_closed',
      `Pull request #${String(number)} was closed while the agent worked and was left alone.`,
    );
  if (state.head.repository_id !== repositoryId || state.head.branch !== branch)
    throw new UserError('branch_taken', `Pull request #${String(number)} has another branch now.`);
  return state;
}

/**
 * The base that the change was made on becomes a parent: behind another base, to which people turned the pull request
 * meanwhile, it would bring that one's commits along.
 */
async function assertSameBase(
  deps: StepDeps,
  target: Target,
  { push, state }: Readonly<{ push: PullRequestPush; state: PullRequestState }>,
): Promise<void> {
  const head = state.base.branch;
  if (await contains(deps, target, { head, sha: push.changes.baseSha })) return;
  throw new UserError(
    'branch_taken',
    `Pull request #${String(state.number)} goes to ${head} by now, and the change was made on another base.`,
    { next: 'Comment `/cody rebase` again to make it on the present one.' },
  );
}
