import { z } from 'zod';

import { includes, reaches } from './access.ts';
import { GithubError, notFound, unprocessable } from './github-error.ts';
import type { Hub } from './hub.ts';
import { countedAnswer, listAnswer, page } from './paging.ts';
import {
  appPayload,
  installationPayload,
  ownProfilePayload,
  profilePayload,
  time,
} from './payload-account.ts';
import { repositoryPayload } from './payload-repository.ts';
import {
  accountByLogin,
  accountById,
  type AppRecord,
  covers,
  type Installation,
  type Permissions,
  type Repository,
  repositoryByName,
} from './world.ts';
import { type Answer, type Call, numberParam, param, readBody, type Route } from './route.ts';
import type { Delivery } from './webhooks.ts';

const HOUR = 3_600_000;

const Narrowing = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

/** The routes of the App itself, its installations and their tokens. */
export const appRoutes: readonly Route[] = [
  appRoute('GET /app', (call, app) => ({ status: 200, body: appPayload(call.hub.world, app) })),
  appRoute('GET /app/installations', (call, app) =>
    listAnswer(call, installationsOf(call.hub, app), (installation) =>
      installationPayload(call.hub, installation),
    ),
  ),
  appRoute('GET /app/installations/{installation_id}', (call, app) => ({
    status: 200,
    body: installationPayload(call.hub, installationOf(call, app)),
  })),
  appRoute('PUT /app/installations/{installation_id}/suspended', (call, app) => {
    installationOf(call, app).suspendedAt = call.hub.world.now();
    return { status: 204 };
  }),
  appRoute('DELETE /app/installations/{installation_id}/suspended', (call, app) => {
    installationOf(call, app).suspendedAt = null;
    return { status: 204 };
  }),
  appRoute('POST /app/installations/{installation_id}/access_tokens', mintToken),
  appRoute('GET /repos/{owner}/{repo}/installation', (call, app) => {
    const repository = repositoryByName(call.hub.world, param(call, 'owner'), param(call, 'repo'));
    return found(call, app, (installation) => !!repository && covers(installation, repository));
  }),
  appRoute('GET /orgs/{org}/installation', (call, app) => onAccount(call, app, 'org')),
  appRoute('GET /users/{username}/installation', (call, app) => onAccount(call, app, 'username')),
  appRoute('GET /app/hook/deliveries', listDeliveries),
  appRoute('GET /app/hook/deliveries/{delivery_id}', (call, app) => ({
    status: 200,
    body: deliveryPayload(deliveryOf(call, app)),
  })),
  appRoute('POST /app/hook/deliveries/{delivery_id}/attempts', (call, app) => {
    void call.hub.webhooks.redeliver(deliveryOf(call, app).id);
    return { status: 202, body: {} };
  }),
  {
    operation: 'GET /installation/repositories',
    handle: (call) => {
      const principal = installationPrincipal(call);
      const items = [...call.hub.world.repositories.values()].filter((repository) =>
        reaches(principal, repository),
      );
      return countedAnswer(call, { name: 'repositories', items }, (repository) =>
        repositoryPayload(call.hub.world, repository),
      );
    },
  },
  {
    operation: 'DELETE /installation/token',
    handle: (call) => {
      call.hub.tokens.revoke(installationPrincipal(call).token);
      return { status: 204 };
    },
  },
  {
    operation: 'GET /user',
    handle: ({ principal, hub }) => {
      if (principal.type === 'anonymous') throw new GithubError(401, 'Requires authentication');
      if (principal.type !== 'user') {
        throw new GithubError(403, 'Resource not accessible by integration');
      }
      return { status: 200, body: ownProfilePayload(hub.world, principal.account) };
    },
  },
  {
    operation: 'GET /users/{username}',
    handle: (call) => {
      const account = accountByLogin(call.hub.world, param(call, 'username'));
      if (!account) throw notFound();
      return { status: 200, body: profilePayload(call.hub.world, account) };
    },
  },
  {
    operation: 'GET /user/{account_id}',
    handle: (call) => {
      const account = call.hub.world.accounts.get(numberParam(call, 'account_id'));
      if (!account) throw notFound();
      return { status: 200, body: profilePayload(call.hub.world, account) };
    },
  },
];

function appRoute(
  operation: string,
  handle: (call: Call, app: AppRecord) => Answer | Promise<Answer>,
): Route {
  return {
    operation,
    handle: (call) => {
      if (call.principal.type !== 'app') {
        throw new GithubError(401, 'A JSON web token could not be decoded');
      }
      return handle(call, call.principal.app);
    },
  };
}

function installationPrincipal(call: Call) {
  if (call.principal.type === 'installation') return call.principal;
  throw call.principal.type === 'anonymous'
    ? new GithubError(401, 'Requires authentication')
    : new GithubError(
        403,
        'You must authenticate with an installation access token in order to list repositories for an installation.',
      );
}

function installationsOf(hub: Hub, app: AppRecord): Installation[] {
  return [...hub.world.installations.values()].filter(
    (installation) => installation.appId === app.id,
  );
}

function installationOf(call: Call, app: AppRecord): Installation {
  const installation = call.hub.world.installations.get(numberParam(call, 'installation_id'));
  if (!installation || installation.appId !== app.id) throw notFound();
  return installation;
}

function found(call: Call, app: AppRecord, fits: (installation: Installation) => boolean): Answer {
  const installation = installationsOf(call.hub, app).find(fits);
  if (!installation) throw notFound();
  return { status: 200, body: installationPayload(call.hub, installation) };
}

function onAccount(call: Call, app: AppRecord, name: string): Answer {
  const account = accountByLogin(call.hub.world, param(call, name));
  const organization = account?.type === 'Organization';
  if (!account || organization !== (name === 'org')) throw notFound();
  return found(call, app, (installation) => installation.accountId === account.id);
}

function mintToken(call: Call, app: AppRecord): Answer {
  const { hub } = call;
  const installation = installationOf(call, app);
  if (installation.suspendedAt !== null) {
    throw new GithubError(403, 'This installation has been suspended');
  }
  const wanted = readBody(call, Narrowing);
  const repositories = chosenRepositories(hub, installation, wanted);
  const permissions = chosenPermissions(installation, wanted.permissions);
  const expiresAt = hub.world.now() + HOUR;
  const token = hub.tokens.mintInstallation(app.id, {
    installationId: installation.id,
    repositories: repositories && new Set(repositories.map((repository) => repository.id)),
    permissions,
    expiresAt,
  });
  const selected = repositories !== null || installation.repositories !== 'all';
  return {
    status: 201,
    body: {
      token,
      expires_at: time(expiresAt),
      permissions,
      repository_selection: selected ? 'selected' : 'all',
      ...(repositories && {
        repositories: repositories.map((repository) => repositoryPayload(hub.world, repository)),
      }),
    },
  };
}

function chosenRepositories(
  hub: Hub,
  installation: Installation,
  wanted: z.infer<typeof Narrowing>,
): Repository[] | null {
  if (!wanted.repositories && !wanted.repository_ids) return null;
  const owner = accountById(hub.world, installation.accountId).login;
  const named = (wanted.repositories ?? []).map((name) => repositoryByName(hub.world, owner, name));
  const numbered = (wanted.repository_ids ?? []).map((id) => hub.world.repositories.get(id));
  return [...named, ...numbered].map((repository) => {
    if (repository && covers(installation, repository)) return repository;
    throw unprocessable(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  });
}

function chosenPermissions(
  installation: Installation,
  wanted: Permissions | undefined,
): Permissions {
  if (!wanted) return installation.permissions;
  for (const [name, level] of Object.entries(wanted)) {
    if (!includes(installation.permissions, `${name}=${level}`)) {
      throw unprocessable('The permissions requested are not granted to this installation.');
    }
  }
  return { metadata: 'read', ...wanted };
}

function deliveriesOf(hub: Hub, app: AppRecord): Delivery[] {
  return hub.webhooks
    .deliveries()
    .filter((delivery) => delivery.appId === app.id)
    .toSorted((a, b) => b.id - a.id);
}

function deliveryOf(call: Call, app: AppRecord): Delivery {
  const id = numberParam(call, 'delivery_id');
  const delivery = deliveriesOf(call.hub, app).find((candidate) => candidate.id === id);
  if (!delivery) throw notFound();
  return delivery;
}

/** Newest first; `cursor` is the id below which the next page begins. */
function listDeliveries(call: Call, app: AppRecord): Answer {
  const cursor = Number(call.query.get('cursor')?.replace(/^v1_/, '') ?? Infinity);
  const status = call.query.get('status');
  const matching = deliveriesOf(call.hub, app).filter(
    (delivery) =>
      delivery.id < cursor &&
      (status === null || (status === 'success') === delivery.statusCode < 400),
  );
  const { items } = page(call, matching);
  const last = items.at(-1);
  const headers: Record<string, string> = {};
  if (last && items.length < matching.length) {
    const next = new URL(call.url);
    next.searchParams.set('cursor', `v1_${last.id}`);
    headers['link'] = `<${next.href}>; rel="next"`;
  }
  return { status: 200, body: items.map(deliveryItem), headers };
}

function deliveryItem(delivery: Delivery) {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: new Date(delivery.deliveredAt).toISOString(),
    redelivery: delivery.redelivery,
    duration: delivery.durationMs / 1_000,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

function deliveryPayload(delivery: Delivery) {
  return {
    ...deliveryItem(delivery),
    url: delivery.url,
    request: { headers: delivery.requestHeaders, payload: delivery.payload },
    response: { headers: delivery.responseHeaders, payload: delivery.responseBody },
  };
}
