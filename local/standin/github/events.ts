import { includes } from './access.ts';
import type { CheckRun, CheckSuite } from './check.ts';
import type { Hub } from './hub.ts';
import type { PullIssue } from './issue.ts';
import type { JsonObject } from './openapi-document.ts';
import { accountPayload, appPayload, nodeId, organizationPayload } from './payload-account.ts';
import { checkRunPayload, simpleSuitePayload } from './payload-check.ts';
import { pullPayload } from './payload-pull.ts';
import { repositoryPayload } from './payload-repository.ts';
import {
  type Account,
  accountById,
  appById,
  type AppRecord,
  covers,
  type Repository,
} from './world.ts';

/** Something that happened in a repository. `fields` stand beside repository and sender in the payload. */
type RepositoryEvent = Readonly<{
  event: string;
  action?: string;
  repository: Repository;
  sender: Account;
  fields: JsonObject;
  /** Only this App hears of it. */
  onlyAppId?: number;
}>;

/** Delivers an event to every App that is installed on the repository and subscribed. Returns at once. */
export async function emit(hub: Hub, occurrence: RepositoryEvent): Promise<void> {
  const { world } = hub;
  const { event, action, repository, sender, fields } = occurrence;
  const owner = accountById(world, repository.ownerId);
  const payload = {
    ...(action !== undefined && { action }),
    ...fields,
    repository: repositoryPayload(world, repository),
    ...(owner.type === 'Organization' && { organization: organizationPayload(world, owner) }),
    sender: accountPayload(world, sender),
  };
  for (const installation of world.installations.values()) {
    const app = appById(world, installation.appId);
    const only = occurrence.onlyAppId;
    if (!covers(installation, repository) || installation.suspendedAt !== null) continue;
    if (only === undefined ? !subscribed(app, event) : app.id !== only) continue;
    await judge(hub, event, payload);
    hub.webhooks.send({
      app,
      event,
      installationId: installation.id,
      repositoryId: repository.id,
      payload: {
        ...payload,
        installation: { id: installation.id, node_id: nodeId('IN', installation.id) },
      },
    });
  }
}

/** Records a payload that GitHub's description does not allow. */
export async function judge(hub: Hub, event: string, payload: JsonObject): Promise<void> {
  const problem = await hub.openapi.checkWebhook(event, payload);
  if (problem !== null) hub.violate(problem);
}

/** Sends a `pull_request` event. */
export async function emitPull(
  hub: Hub,
  occurrence: Readonly<{
    action: string;
    repository: Repository;
    issue: PullIssue;
    sender: Account;
    fields?: JsonObject;
  }>,
): Promise<void> {
  const { action, repository, issue, sender, fields } = occurrence;
  const pull_request = {
    ...(await pullPayload(hub, repository, issue)),
    // Webhooks carry the merge settings of the base repository inside the pull request.
    maintainer_can_modify: false,
  };
  await emit(hub, {
    event: 'pull_request',
    action,
    repository,
    sender,
    fields: { number: issue.number, pull_request, ...fields },
  });
}

/** Sends a `check_run` event. `rerequested` and `requested_action` reach only the App that made the run. */
export async function emitCheckRun(
  hub: Hub,
  occurrence: Readonly<{
    action: 'created' | 'completed' | 'rerequested' | 'requested_action';
    repository: Repository;
    run: CheckRun;
    sender: Account;
    fields?: JsonObject;
  }>,
): Promise<void> {
  const { action, repository, run, sender, fields } = occurrence;
  const suite = repository.checkSuites.get(run.suiteId);
  if (!suite) throw new Error(`check run ${run.id} has no suite`);
  const own = action === 'rerequested' || action === 'requested_action';
  await emit(hub, {
    event: 'check_run',
    action,
    repository,
    sender,
    ...(own && { onlyAppId: run.appId }),
    fields: {
      check_run: {
        ...checkRunPayload(hub.world, repository, run),
        check_suite: simpleSuitePayload(hub.world, repository, suite),
      },
      ...fields,
    },
  });
}

/** Sends a `check_suite` event; `requested` and `rerequested` only to the suite's App. */
export async function emitCheckSuite(
  hub: Hub,
  occurrence: Readonly<{
    action: 'requested' | 'rerequested' | 'completed';
    repository: Repository;
    suite: CheckSuite;
    payload: JsonObject;
    sender: Account;
  }>,
): Promise<void> {
  const { action, repository, suite, payload, sender } = occurrence;
  const app = appById(hub.world, suite.appId);
  await emit(hub, {
    event: 'check_suite',
    action,
    repository,
    sender,
    ...(action !== 'completed' && { onlyAppId: suite.appId }),
    fields: { check_suite: { ...payload, app: appPayload(hub.world, app) } },
  });
}

function subscribed(app: AppRecord, event: string): boolean {
  // An App that writes checks hears of them without asking.
  const checks = event === 'check_run' || event === 'check_suite';
  return (checks && includes(app.permissions, 'checks=write')) || app.events.includes(event);
}
