import { randomBytes } from 'node:crypto';

import type { Permissions } from './world.ts';

/** What an installation token may do. `repositories` null: every repository of the installation. */
export type InstallationGrant = Readonly<{
  installationId: number;
  repositories: ReadonlySet<number> | null;
  permissions: Permissions;
  expiresAt: number;
}>;

/** Installation and personal tokens that are alive. */
export type Tokens = Readonly<{
  mintInstallation: (appId: number, grant: InstallationGrant) => string;
  mintUser: (accountId: number) => string;
  /** A token that a person's browser got for an App. */
  mintUserOfApp: (accountId: number) => string;
  installation: (token: string) => InstallationGrant | undefined;
  user: (token: string) => number | undefined;
  revoke: (token: string) => void;
}>;

/** Creates an empty set of tokens. Installation tokens are long and hold dots, as GitHub's have since 2026. */
export function createTokens(): Tokens {
  const installations = new Map<string, InstallationGrant>();
  const users = new Map<string, number>();
  const mint = (kind: string, accountId: number) => {
    const token = `${kind}_${randomBytes(18).toString('hex')}`;
    users.set(token, accountId);
    return token;
  };
  return {
    mintInstallation: (appId, grant) => {
      const token = `ghs_${appId}_${part(27)}.${part(120)}.${part(64)}`;
      installations.set(token, grant);
      return token;
    },
    mintUser: (accountId) => mint('ghp', accountId),
    mintUserOfApp: (accountId) => mint('ghu', accountId),
    installation: (token) => installations.get(token),
    user: (token) => users.get(token),
    revoke: (token) => {
      installations.delete(token);
      users.delete(token);
    },
  };
}

function part(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}
