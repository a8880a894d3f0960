import { ignore, type ReadEvent } from '../order.ts';
import { CheckSuiteEvent, sortCheckSuite } from './check-event.ts';
import { closeCheck, openCheckOf } from './close-check.ts';

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
    case 'reopened':
      await closeCheck(deps, openCheckOf(event, { type: 'suite', id: event.check_suite.id }));
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
