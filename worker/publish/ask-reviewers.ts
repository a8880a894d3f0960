import { Stopped, TransientError } from '../../core/errors.ts';
import { githubFailure } from '../../core/github/failure.ts';
import { teamOf } from '../../core/repo-config/who.ts';
import { type StepDeps, type Target, fenced } from './step.ts';

/** A pull request and who is to review it: logins and `organization/team`. */
export type ReviewRequest = Readonly<{ number: number; who: readonly string[] }>;

/**
 * Asks for reviews, all at once and, where GitHub refuses that, one by one. Returns whom it refused: the pull request
 * stands without them. Throws `Stopped` and `TransientError`.
 */
export async function askReviewers(
  deps: StepDeps,
  target: Target,
  asked: ReviewRequest,
): Promise<readonly string[]> {
  if (asked.who.length === 0 || (await ask(deps, target, asked))) return [];
  if (asked.who.length === 1) return asked.who;
  const refused: string[] = [];
  for (const one of asked.who) {
    if (!(await ask(deps, target, { ...asked, who: [one] }))) refused.push(one);
  }
  return refused;
}

async function ask(
  deps: StepDeps,
  target: Target,
  { number, who }: ReviewRequest,
): Promise<boolean> {
  const teams = who.flatMap((one) => teamOf(one)?.slug ?? []);
  const reviewers = who.filter((one) => !teamOf(one));
  try {
    await fenced(deps, () =>
      deps.github.rest.pulls.requestReviewers({
        ...target,
        pull_number: number,
        ...(reviewers.length > 0 ? { reviewers } : {}),
        ...(teams.length > 0 ? { team_reviewers: teams } : {}),
      }),
    );
    return true;
  } catch (error) {
    // What could not be asked yet is asked again with the whole step.
    if (error instanceof Stopped || error instanceof TransientError) throw error;
    const failure = githubFailure(error);
    if (failure instanceof TransientError) throw failure;
    deps.log.warn({ failure: failure.message }, 'review not requested');
    return false;
  }
}
