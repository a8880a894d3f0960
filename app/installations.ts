import type { Logger } from 'pino';
import { TransientError } from '../core/errors.ts';
import type { GithubApp, Installation, TokenPermissions } from '../core/github/app-client.ts';
import { githubFailure } from '../core/github/failure.ts';
import { answeredStatus } from '../core/github/known-message.ts';
import type { Github } from '../core/github/octokit.ts';

/**
 * GitHub as the App sees it, one client per installation.
 *
 * Contract: `client` returns the same client while its token lives, so that its writes go one after the other and what it read is
 * remembered.
 */
export type Installations = Readonly<{
  of: (repository: { owner: string; name: string }) => Promise<Installation | undefined>;
  client: (installationId: number) => Promise<Github>;
  /** Names of the permissions that the client wants and the installation has not granted. */
  missing: (installationId: number) => Promise<readonly string[]>;
  /** A client that may ask about an organization's members, and nothing else. Not every installation grants that. */
  members: (installationId: number) => Promise<Github>;
}>;

type Deps = Readonly<{
  app: Pick<GithubApp, 'installation' | 'installationOf' | 'installationToken'>;
  /** Makes a client that bears a token of the installation and writes at its pace. */
  github: (token: string, installationId: number) => Github;
  now: () => number;
  log: Pick<Logger, 'warn'>;
}>;

/** Clients that are kept: each remembers answers of GitHub. */
const mostClients = 32;

/** What accepting and reporting need; the workers' tokens are narrower still (see the broker). */
const permissions: TokenPermissions = {
  metadata: 'read',
  contents: 'read',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
};

/** A token is not used in its last minutes, so that it does not die between two calls. */
const marginMs = 5 * 60_000;

/** So soon is seen that an owner has granted what was missing. */
const narrowedMs = 60_000;

type Live = Readonly<{
  client: Promise<Github>;
  until: Promise<number>;
  missing: Promise<readonly string[]>;
}>;

/** Binds the look-ups to an App. Calls throw what Octokit throws. */
export function createInstallations(deps: Deps): Installations {
  const live = new Map<number, Live>();
  const mint = (installationId: number) => {
    const minted = mintToken(deps, installationId);
    const entry: Live = {
      client: minted.then(({ token }) =>
        watched(deps.github(token, installationId), () => live.delete(installationId)),
      ),
      until: minted.then(({ expiresAt, missing }) =>
        missing.length > 0 ? deps.now() + narrowedMs : Date.parse(expiresAt) - marginMs,
      ),
      missing: minted.then(({ missing }) => missing),
    };
    live.set(installationId, entry);
    const [oldest] = live.keys();
    if (live.size > mostClients && oldest !== undefined) live.delete(oldest);
    // The caller of `client` sees the failure; the entry must not stay.
    entry.until.catch(() => live.delete(installationId));
    entry.missing.catch(() => undefined);
    return entry;
  };
  const entryOf = async (installationId: number) => {
    const entry = live.get(installationId);
    if (!entry || (await entry.until) <= deps.now()) return mint(installationId);
    // The one that was used least recently leaves first.
    if (live.get(installationId) === entry) {
      live.delete(installationId);
      live.set(installationId, entry);
    }
    return entry;
  };
  return {
    of: (repository) => deps.app.installationOf(repository),
    client: async (installationId) => (await entryOf(installationId)).client,
    missing: async (installationId) => (await entryOf(installationId)).missing,
    async members(installationId) {
      const { token } = await deps.app.installationToken({
        installationId,
        permissions: { members: 'read' },
      });
      return deps.github(token, installationId);
    },
  };
}

const levels = ['read', 'write', 'admin'] as const;

/**
 * Who installed the App may not have accepted all of its permissions. Then it does with what it has, so that it can say
 * what is missing; GitHub gives no token that asks for more.
 */
async function mintToken(
  { app, log }: Deps,
  installationId: number,
): Promise<Readonly<{ token: string; expiresAt: string; missing: readonly string[] }>> {
  try {
    return { ...(await app.installationToken({ installationId, permissions })), missing: [] };
  } catch (error) {
    if (answeredStatus(error) !== 422) throw error;
    const { permissions: granted } = await app.installation(installationId);
    const narrowed = Object.entries(permissions).flatMap(([name, wanted]) => {
      const level = levels.find((one) => one === granted[name]);
      if (!level) return [];
      return [[name, levels.indexOf(level) < levels.indexOf(wanted) ? level : wanted] as const];
    });
    const has = new Map(narrowed);
    const missing = Object.entries(permissions).filter(
      ([name, wanted]) => has.get(name) !== wanted,
    );
    if (missing.length === 0) throw error;
    const names = missing.map(([name, wanted]) => `${name} (${wanted})`);
    log.warn({ installation: installationId, missing: names }, 'The App lacks permissions');
    const held = Object.fromEntries(narrowed);
    const token = await app.installationToken({ installationId, permissions: held });
    return { ...token, missing: missing.map(([name]) => name) };
  }
}

/** A token may die before its time (revoked, installation suspended): then the next call gets a new one. */
function watched(client: Github, dead: () => void): Github {
  client.hook.error('request', (error) => {
    if (answeredStatus(error) === 401) dead();
    throw error;
  });
  return client;
}

/** `githubFailure`, but a token that GitHub does not take is worth another try, because that one mints a new token. */
export function appFailure(error: unknown): Error {
  if (answeredStatus(error) !== 401) return githubFailure(error);
  const message = 'GitHub did not accept the token of the App.';
  return new TransientError('github_unavailable', message, { cause: error });
}
