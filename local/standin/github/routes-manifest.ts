import { randomBytes } from 'node:crypto';

import { GithubError, notFound } from './github-error.ts';
import type { Hub } from './hub.ts';
import { isOwn, type Registration } from './manifest-check.ts';
import { appPayload } from './payload-account.ts';
import { param, type Route } from './route.ts';
import type { Seed } from './seed.ts';
import { type Account, type AppRecord, appById } from './world.ts';

/** A code is good for one exchange within an hour (GitHub docs, "Registering a GitHub App from a manifest"). */
const HOUR = 3_600_000;

/** Apps on their way from a page to a server. */
export type ManifestCodes = Readonly<{
  /** Remembers what a person agreed to, and returns the code that stands for it. */
  agree: (registration: Registration, owner: Account) => string;
  route: Route;
}>;

type Pending = Readonly<{ registration: Registration; owner: Account; at: number }>;

/** Creates the store of codes, and the route that exchanges one for a new App with its credentials. */
export function createManifestCodes(hub: Hub, seed: Seed): ManifestCodes {
  const pending = new Map<string, Pending>();
  return {
    agree: (registration, owner) => {
      const code = randomBytes(20).toString('hex');
      pending.set(code, { registration, owner, at: hub.world.now() });
      return code;
    },
    route: {
      operation: 'POST /app-manifests/{code}/conversions',
      handle: (call) => {
        const code = param(call, 'code');
        const found = pending.get(code);
        pending.delete(code);
        if (!found || hub.world.now() - found.at > HOUR) throw notFound();
        return { status: 201, body: create(hub, seed, found) };
      },
    },
  };
}

function create(hub: Hub, seed: Seed, { registration, owner }: Pending) {
  const webhookSecret = randomBytes(20).toString('hex');
  const { appId, clientSecret, privateKey } = seed.app({
    slug: slugOf(registration.name),
    name: registration.name,
    permissions: registration.default_permissions,
    events: registration.default_events,
    webhookSecret,
    callbackUrls: registration.callback_urls,
    owner: owner.login,
  });
  const app = appById(hub.world, appId);
  deliverTo(hub, registration);
  return {
    ...appPayload(hub.world, app),
    client_secret: clientSecret,
    webhook_secret: webhookSecret,
    pem: privateKey,
  };
}

/** The stand-in sends nothing out of this machine: addresses elsewhere stay without deliveries that arrive. */
function deliverTo(hub: Hub, registration: Registration): void {
  const url = registration.hook_attributes?.url;
  if (url !== undefined && isOwn(url, hub.world.origin)) hub.webhooks.setUrl(url);
}

/** The App's name as it stands in addresses. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** Throws 422 when another App or account already goes by the name. */
export function requireFreeName(hub: Hub, name: string): void {
  const slug = slugOf(name);
  const taken = (app: AppRecord) => app.slug === slug;
  if (hub.world.apps.values().some(taken)) throw new GithubError(422, 'Name is already taken');
}
