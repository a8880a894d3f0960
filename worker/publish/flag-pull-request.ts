import { UserError } from '../../core/errors.ts';
import { pullRequestState, type PullRequestState } from '../../core/github/pull-request.ts';
import { shownFlags, withFlags } from '../../core/render/flags.ts';
import type { Changes } from '../workspace/changes.ts';
import { findingsIn } from './gate/gate.ts';
import { type StepDeps, type Target, fenced, runStep } from './step.ts';
import { wholeChange } from './whole-change.ts';
import { gateFlag, lastCommitFlag, unreadFlag } from './words.ts';

/** A commit that was pushed to a pull request of ours. */
export type FlaggedPush = Readonly<{
  number: number;
  commit_sha: string;
  changes: Changes;
  /** The lines that the commit alone meets. */
  flags: readonly string[];
}>;

/**
 * Brings the flags at the top of a pull request up to date with all that it changes by now, and returns them. All else
 * in its body stays as it is. Throws what `runStep` throws, and `UserError` `pull_request_closed` when it is gone.
 */
export async function flagPullRequest(
  deps: StepDeps,
  target: Target,
  push: FlaggedPush,
): Promise<readonly string[]> {
  const { base } = await runStep(deps, () => read(deps, target, push));
  const range = { base: base.branch, head: push.commit_sha, changes: push.changes };
  const whole = await wholeChange(deps, target, range);
  const flags = whole && [
    ...findingsIn(whole.files).map(gateFlag),
    ...(whole.unread.length > 0 ? [unreadFlag(whole.unread)] : []),
  ];
  return runStep(deps, async () => {
    // Read again: people may have written meanwhile.
    const { body } = await read(deps, target, push);
    const shown = flags ?? ofCommits(body, push.flags);
    const wanted = withFlags(body, shown);
    if (wanted !== body)
      await fenced(deps, () =>
        deps.github.rest.pulls.update({ ...target, pull_number: push.number, body: wanted }),
      );
    return shown;
  });
}

/** What was shown before and what the last commit brings: nothing is taken away unseen. */
function ofCommits(body: string, flags: readonly string[]): readonly string[] {
  const all = new Set([...shownFlags(body), ...flags]);
  all.delete(lastCommitFlag);
  return all.size === 0 ? [] : [...all, lastCommitFlag];
}

async function read(
  deps: StepDeps,
  target: Target,
  { number }: FlaggedPush,
): Promise<PullRequestState> {
  const repository = { owner: target.owner, name: target.repo };
  const state = await pullRequestState(deps.github, { repository, number });
  if (state) return state;
  throw new UserError('pull_request_closed', `Pull request #${String(number)} is gone.`);
}
