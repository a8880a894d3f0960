import { createAppAuth } from '@octokit/auth-app';
import { z } from 'zod';
import { answeredStatus } from './known-message.ts';
import { type Github, type GithubOptions, createGithub } from './octokit.ts';

/** Names of App permissions with the level wanted, for example `{ contents: 'write' }`. */
export type TokenPermissions = Readonly<Record<string, 'read' | 'write' | 'admin'>>;

/** A token of one installation. `expiresAt` is an ISO time, an hour ahead on GitHub. */
export type InstallationToken = Readonly<{
  token: string;
  expiresAt: string;
  permissions: Readonly<Record<string, string>>;
}>;

/** The App's installation that covers a repository. */
export type Installation = Readonly<{
  installationId: number;
  account: string | undefined;
  accountId: number | undefined;
  permissions: Readonly<Record<string, string>>;
  suspended: boolean;
}>;

/** The App speaking for itself. Every method throws what Octokit throws, scrubbed. */
export type GithubApp = Readonly<{
  /** A client that signs in as the App. */
  app: () => Github;
  /** Mints a token; without `repositoryIds` it covers all repositories of the installation. */
  installationToken: (wanted: {
    installationId: number;
    repositoryIds?: readonly number[];
    permissions: TokenPermissions;
  }) => Promise<InstallationToken>;
  /** Ends a token at once. A token that is dead already counts as ended. */
  revoke: (token: string) => Promise<void>;
  /** The installation that covers a repository, or undefined when there is none. */
  installationOf: (repository: {
    owner: string;
    name: string;
  }) => Promise<Installation | undefined>;
  /** One installation, by its id. */
  installation: (installationId: number) => Promise<Installation>;
  /** All installations of the App. */
  installations: () => Promise<readonly Installation[]>;
}>;

const Permissions = z.record(z.string(), z.string()).default({});

const TokenAnswer = z.object({
  token: z.string(),
  expires_at: z.string(),
  permissions: Permissions,
});

const InstallationAnswer = z.object({
  id: z.number().int(),
  account: z.object({ id: z.number().int().optional(), login: z.string().optional() }).nullish(),
  permissions: Permissions,
  suspended_at: z.string().nullish(),
});

/**
 * Returns the App's own access to GitHub. It holds the private key, so that only the broker makes one. The token
 * calls are not paced: they create no content.
 */
export function createGithubApp(
  options: GithubOptions & Readonly<{ appId: number | string; privateKey: string }>,
): GithubApp {
  const { appId, privateKey, ...rest } = options;
  const client = createGithub({
    ...rest,
    pacing: 0,
    authStrategy: createAppAuth,
    auth: { appId, privateKey },
  });
  return {
    app: () => client,

    async installationToken({ installationId, repositoryIds, permissions }) {
      const { data } = await client.rest.apps.createInstallationAccessToken({
        installation_id: installationId,
        permissions,
        ...(repositoryIds ? { repository_ids: [...repositoryIds] } : {}),
      });
      const answer = TokenAnswer.parse(data);
      return {
        token: answer.token,
        expiresAt: answer.expires_at,
        permissions: answer.permissions,
      };
    },

    async revoke(token) {
      const bearer = createGithub({ ...rest, pacing: 0, token });
      try {
        await bearer.rest.apps.revokeInstallationAccessToken();
      } catch (error) {
        if (answeredStatus(error) !== 401) throw error;
      }
    },

    async installationOf({ owner, name }) {
      try {
        const { data } = await client.rest.apps.getRepoInstallation({ owner, repo: name });
        return toInstallation(data);
      } catch (error) {
        if (answeredStatus(error) === 404) return undefined;
        throw error;
      }
    },

    async installation(installationId) {
      const { data } = await client.rest.apps.getInstallation({ installation_id: installationId });
      return toInstallation(data);
    },

    async installations() {
      const listed = await client.paginate(client.rest.apps.listInstallations, { per_page: 100 });
      return listed.map(toInstallation);
    },
  };
}

function toInstallation(data: unknown): Installation {
  const found = InstallationAnswer.parse(data);
  return {
    installationId: found.id,
    account: found.account?.login,
    accountId: found.account?.id,
    permissions: found.permissions,
    suspended: typeof found.suspended_at === 'string',
  };
}
