import type { GithubApp, Installation, TokenPermissions } from '../core/github/app-client.ts';
import type { Github } from '../core/github/octokit.ts';

/**
 * GitHub as the App sees it, one client per installation.
 *
 * Contract: `client` returns the same client while its token lives, so that its writes are paced together.
 */
export type Installations = Readonly<{
  of: (repository: { owner: string; name: string }) => Promise<Installation | undefined>;
  client: (installationId: number) => Promise<Github>;
}>;

type Deps = Readonly<{
  app: GithubApp;
  /** Makes a client that bears a token. */
  github: (token: string) => Github;
  now: () => number;
}>;

/** What accepting and reporting need; the workers' tokens are narrower still (see the broker). */
const permissions: TokenPermissions = {
  metadata: 'read',
  contents: 'read',
  issues: 'write',
  pull_requests: 'write',
};

/** A token is not used in its last minutes, so that it does not die between two calls. */
const marginMs = 5 * 60_000;

/** Binds the look-ups to an App. Calls throw what Octokit throws. */
export function createInstallations(deps: Deps): Installations {
  const live = new Map<number, Readonly<{ client: Promise<Github>; until: Promise<number> }>>();
  const mint = (installationId: number) => {
    const minted = deps.app.installationToken({ installationId, permissions });
    const entry = {
      client: minted.then(({ token }) => deps.github(token)),
      until: minted.then(({ expiresAt }) => Date.parse(expiresAt) - marginMs),
    };
    live.set(installationId, entry);
    // The caller of `client` sees the failure; the entry must not stay.
    entry.until.catch(() => live.delete(installationId));
    return entry.client;
  };
  return {
    of: (repository) => deps.app.installationOf(repository),
    async client(installationId) {
      const entry = live.get(installationId);
      if (entry && (await entry.until) > deps.now()) return entry.client;
      return mint(installationId);
    },
  };
}
