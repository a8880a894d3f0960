import { UserError } from '../../../core/errors.ts';
import { checksOfSuite } from '../../../core/github/failed-checks.ts';
import { appFailure } from '../../installations.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { ignore, type ReadEvent } from '../order.ts';
import { CheckSuiteEvent, sortCheckSuite } from './check-event.ts';
import { conclusionOf } from './check-run.ts';

/**
 * Reads GitHub's `check_suite`: failures of other apps. "Re-run all checks" reaches every app, and starts no job: our
 * suite is only brought out of its queue again.
 */
export const readCheckSuite: ReadEvent = async (deps, payload) => {
  const event = CheckSuiteEvent.parse(payload);
  const { appId, policy } = deps;
  const sorted = sortCheckSuite(event, { appId, accounts: policy.accounts });
  switch (sorted.type) {
    case 'ignore':
      return ignore(sorted.reason);
    case 'failed':
      return { type: 'prompts_check', wanted: headOf(event) };
    case 'again':
      await closeSuite(deps, event);
      return ignore('all checks were asked for again');
    case 'pressed':
      return ignore('a press on a suite');
  }
};

function headOf({ repository, installation, check_suite }: CheckSuiteEvent) {
  return {
    repository_id: repository.id,
    installation_id: installation.id,
    head_sha: check_suite.head_sha,
  };
}

async function closeSuite(
  deps: AcceptDeps,
  { installation, repository, check_suite }: CheckSuiteEvent,
): Promise<void> {
  const place = { owner: repository.owner.login, repo: repository.name };
  try {
    const github = await deps.installations.client(installation.id);
    for (const run of await checksOfSuite(github, { ...place, check_suite_id: check_suite.id }))
      await github.rest.checks.update({
        ...place,
        check_run_id: run.id,
        status: 'completed',
        conclusion: conclusionOf(run),
      });
  } catch (error) {
    const failure = appFailure(error);
    if (!(failure instanceof UserError)) throw failure;
    deps.log.warn({ err: failure }, 'A check suite cannot be closed again');
  }
}
