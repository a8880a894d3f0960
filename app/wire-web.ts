import type { Hono } from 'hono';
import type { Logger } from 'pino';
import type { GithubApp } from '../core/github/app-client.ts';
import { createMachineTokenStore } from '../core/store/machine-tokens.ts';
import { createSessionStore } from '../core/store/sessions.ts';
import { createSignInStore } from '../core/store/sign-ins.ts';
import type { Table } from '../core/store/table.ts';
import { createRedactor } from '../core/redact.ts';
import type { AcceptDeps } from './accept/accept-deps.ts';
import type { AppConfig } from './config.ts';
import type { Health } from './health.ts';
import { createLiveAccess } from './web/access/live-access.ts';
import { createServedInstallations } from './web/access/served-installations.ts';
import { createSealedCursor } from './web/api/sealed-cursor.ts';
import { createFormTokens } from './web/pages/frame/form-tokens.ts';
import { createGithubIdentity } from './web/session/github-identity.ts';
import type { Connections } from './web/guard/keep-limits.ts';
import type { WebEnv } from './web/web-env.ts';
import { createWeb } from './web/web.ts';

/** What the host of pages and API knows of itself. */
export type WebHost = Connections &
  Readonly<{
    health: () => Promise<Health>;
    /** Whether it can hold a connection open to send events. */
    streams: boolean;
  }>;

type Parts = Readonly<{
  config: Pick<
    AppConfig,
    | 'githubServerUrl'
    | 'githubApiUrl'
    | 'policy'
    | 'privateKey'
    | 'signIn'
    | 'modelNote'
    | 'publicUrl'
    | 'secrets'
  >;
  app: GithubApp;
  table: Table;
  accept: AcceptDeps;
  now: () => number;
  log: Logger;
}>;

/** Makes pages and API out of what the App's handlers stand on. */
export function wireWeb(parts: Parts, host: WebHost): Hono<WebEnv> {
  const { config, table, accept, now, log } = parts;
  const { githubServerUrl: serverUrl, githubApiUrl: apiUrl, policy } = config;
  return createWeb({
    ...host,
    accept,
    table,
    now,
    log,
    access: createLiveAccess({ installations: accept.installations, now }),
    served: createServedInstallations({ app: parts.app, policy, now }),
    cursors: createSealedCursor(config.privateKey),
    modelNote: config.modelNote,
    sessions: createSessionStore({ table, now }),
    signIns: createSignInStore({ table, now }),
    machineTokens: createMachineTokenStore({ table, now }),
    identity: config.signIn && createGithubIdentity({ ...config.signIn, serverUrl, apiUrl, log }),
    publicUrl: config.publicUrl,
    formTokens: createFormTokens(config.privateKey),
    redact: createRedactor(config.secrets).redact,
  });
}
