import { Stopped, UserError } from '../../core/errors.ts';
import { pullRequestState, type PullRequestState } from '../../core/github/pull-request.ts';
import { branchSha } from '../../core/github/repository.ts';
import { shownFlags, withFlags } from '../../core/render/flags.ts';
import type { Changes } from '../workspace/changes.ts';
import { briefLines, mergedLines } from './flag-lines.ts';
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

/** GitHub takes 65,536 characters. A body that is longer than this shows no names of files. */
const longestBody = 60_000;

/**
 * Brings the flags at the top of a pull request up to date with all that it changes by now, and returns them. All else
 * in its body stays as it is. Where the whole can't be read, or somebody has pushed since, it only adds to them. Throws
 * what `runStep` throws, and `UserError` `pull_request_closed` when it is gone.
 */
export async function flagPullRequest(
  deps: StepDeps,
  target: Target,
  push: FlaggedPush,
): Promise<readonly string[]> {
  const flags = await flagsOfAll(deps, target, push);
  return runStep(deps, async () => {
    const first = await wantedBody(deps, target, { push, flags });
    if (!first.changed) return first.shown;
    // The wait for a turn to write can be long, and people may write meanwhile: the body is read after it.
    await deps.turn?.();
    const wanted = deps.turn ? await wantedBody(deps, target, { push, flags }) : first;
    const request = deps.turn ? { paced: true } : {};
    if (wanted.changed)
      await fenced(deps, () =>
        deps.github.rest.pulls.update({
          ...target,
          pull_number: push.number,
          body: wanted.body,
          request,
        }),
      );
    return wanted.shown;
  });
}

/** The commit is pushed: whatever keeps its pull request from being read again is no failure of the job. */
async function flagsOfAll(
  deps: StepDeps,
  target: Target,
  push: FlaggedPush,
): Promise<readonly string[] | undefined> {
  try {
    const { base } = await runStep(deps, () => read(deps, target, push));
    const range = { base: base.branch, head: push.commit_sha, changes: push.changes };
    const whole = await wholeChange(deps, target, range);
    return (
      whole && [
        ...findingsIn(whole.files).map(gateFlag),
        ...(whole.unread.length > 0 ? [unreadFlag(whole.unread)] : []),
      ]
    );
  } catch (error) {
    deps.stop?.throwIfAborted();
    if (error instanceof Stopped) throw error;
    deps.log.warn({ err: error }, 'whole change not read');
    return undefined;
  }
}

type Wanted = Readonly<{ changed: boolean; body: string; shown: readonly string[] }>;

async function wantedBody(
  deps: StepDeps,
  target: Target,
  { push, flags }: Readonly<{ push: FlaggedPush; flags: readonly string[] | undefined }>,
): Promise<Wanted> {
  const { body, head } = await read(deps, target, push);
  const repository = { owner: target.owner, name: target.repo };
  // The pull request itself hears of a push only some time after its branch does.
  const newest = await branchSha(deps.github, { repository, branch: head.branch });
  const shown =
    flags && newest === push.commit_sha ? flags : ofCommits(shownFlags(body), push, flags);
  const whole = withFlags(body, shown);
  const wanted = whole.length > longestBody ? withFlags(body, briefLines(shown)) : whole;
  return { changed: wanted !== body, body: wanted, shown };
}

/** What was shown before and what the last commit brings: nothing is taken away unseen. */
function ofCommits(
  before: readonly string[],
  push: FlaggedPush,
  whole: readonly string[] | undefined,
): readonly string[] {
  const all = mergedLines(before, push.flags).filter((flag) => flag !== lastCommitFlag);
  // Whoever pushed since may have written them for the whole.
  const known = whole !== undefined && all.every((flag) => before.includes(flag));
  if (known || all.length === 0) return known ? before : [];
  return [...all, lastCommitFlag];
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
