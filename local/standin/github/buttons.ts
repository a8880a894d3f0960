import type { CheckRun } from './check.ts';
import { emitCheckRun, emitCheckSuite } from './events.ts';
import { GithubError, unprocessable } from './github-error.ts';
import type { Hub } from './hub.ts';
import { checkSuitePayload } from './payload-check.ts';
import { accountByLogin, atLeast, repositoryByName, roleIn } from './world.ts';

/** A press on a check run's page, for which GitHub has no route. */
type Press = Readonly<{ owner: string; name: string; checkRunId: number; login: string }>;

export type Buttons = Readonly<{
  /** Presses an action's button. Throws when the run does not show it or the person may not press it. */
  pressButton: (press: Press & Readonly<{ identifier: string }>) => Promise<void>;
  /** The buttons that a check run's page shows: no route of GitHub lists them. */
  shownButtons: (on: Omit<Press, 'login'>) => CheckRun['actions'];
  /** Presses "Re-run": the suite goes back to queued, the run stays as it is. */
  rerequest: (press: Press) => Promise<void>;
  /** Presses "Re-run all checks". */
  rerequestSuite: (press: Press) => Promise<void>;
}>;

/** Creates the buttons. Each sends its event to the App that made the run and to no other. */
export function createButtons(hub: Hub): Buttons {
  return {
    pressButton: async (press) => {
      const { repository, run, sender } = find(hub, press);
      const shown = run.actions.some((action) => action.identifier === press.identifier);
      if (!shown || run.status !== 'completed') {
        throw unprocessable(`check run ${run.id} shows no button ${press.identifier}`);
      }
      await emitCheckRun(hub, {
        action: 'requested_action',
        repository,
        run,
        sender,
        fields: { requested_action: { identifier: press.identifier } },
      });
    },
    shownButtons: ({ owner, name, checkRunId }) => {
      const run = repositoryByName(hub.world, owner, name)?.checkRuns.get(checkRunId);
      return run?.status === 'completed' ? run.actions : [];
    },
    rerequest: async (press) => {
      const { repository, run, suite, sender } = find(hub, press);
      suite.requeued = true;
      await emitCheckRun(hub, { action: 'rerequested', repository, run, sender });
    },
    rerequestSuite: async (press) => {
      const { repository, suite, sender } = find(hub, press);
      suite.requeued = true;
      const payload = await checkSuitePayload(hub, repository, suite);
      await emitCheckSuite(hub, { action: 'rerequested', repository, suite, payload, sender });
    },
  };
}

function find(hub: Hub, press: Press) {
  const repository = repositoryByName(hub.world, press.owner, press.name);
  const run = repository?.checkRuns.get(press.checkRunId);
  const suite = run && repository?.checkSuites.get(run.suiteId);
  const sender = accountByLogin(hub.world, press.login);
  if (!repository || !run || !suite || !sender)
    throw new GithubError(404, 'no such check run or person');
  // GitHub shows the buttons to people with write access only.
  if (!atLeast(roleIn(hub.world, repository, sender), 'write')) {
    throw new GithubError(
      403,
      `${press.login} does not see the buttons of ${press.owner}/${press.name}`,
    );
  }
  return { repository, run, suite, sender };
}
