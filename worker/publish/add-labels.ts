import { Stopped, TransientError } from '../../core/errors.ts';
import { githubFailure } from '../../core/github/failure.ts';
import { type StepDeps, type Target, fenced } from './step.ts';

/**
 * Adds labels to a pull request; GitHub makes those that do not exist, and leaves those that are there. Returns false
 * when GitHub refuses: the pull request stands without them. Throws `Stopped` and `TransientError`.
 */
export async function addLabels(
  deps: StepDeps,
  target: Target,
  { number, labels }: Readonly<{ number: number; labels: readonly string[] }>,
): Promise<boolean> {
  if (labels.length === 0) return true;
  try {
    await fenced(deps, () =>
      deps.github.rest.issues.addLabels({ ...target, issue_number: number, labels: [...labels] }),
    );
    return true;
  } catch (error) {
    if (error instanceof Stopped || error instanceof TransientError) throw error;
    const failure = githubFailure(error);
    if (failure instanceof TransientError) throw failure;
    deps.log.warn({ failure: failure.message }, 'labels not added');
    return false;
  }
}
