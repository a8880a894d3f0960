import { looksLikeJwt, verifyAppJwt } from './app-jwt.ts';
import { badCredentials, GithubError } from './github-error.ts';
import type { InstallationGrant, Tokens } from './tokens.ts';
import {
  type Account,
  accountById,
  type AppRecord,
  appById,
  type Installation,
  type World,
} from './world.ts';

/** Who is calling. */
export type Principal =
  | Readonly<{ type: 'app'; app: AppRecord }>
  | Readonly<{
      type: 'installation';
      app: AppRecord;
      installation: Installation;
      grant: InstallationGrant;
      token: string;
    }>
  | Readonly<{ type: 'user'; account: Account }>
  | Readonly<{ type: 'anonymous' }>;

/** The credential in an `authorization` header, of any scheme that GitHub takes; null without one. */
export function credentialOf(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization === '') return null;
  const [scheme = '', rest = ''] = authorization.split(/ +(.*)/s);
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return rest.trim();
    case 'basic': {
      const text = Buffer.from(rest, 'base64').toString('utf8');
      return text.slice(text.indexOf(':') + 1);
    }
    default:
      throw badCredentials();
  }
}

/**
 * Who holds the credential. Throws GithubError 401 for one that is unknown, expired or revoked, and 403 for an
 * installation that is suspended.
 */
export function identify(world: World, tokens: Tokens, credential: string | null): Principal {
  if (credential === null) return { type: 'anonymous' };
  if (looksLikeJwt(credential)) return { type: 'app', app: verifyAppJwt(world, credential) };
  const userId = tokens.user(credential);
  if (userId !== undefined) return { type: 'user', account: accountById(world, userId) };
  const grant = tokens.installation(credential);
  if (!grant || grant.expiresAt <= world.now()) throw badCredentials();
  const installation = world.installations.get(grant.installationId);
  if (!installation) throw badCredentials();
  if (installation.suspendedAt !== null) {
    throw new GithubError(403, 'This installation has been suspended');
  }
  const app = appById(world, installation.appId);
  return { type: 'installation', app, installation, grant, token: credential };
}

/** The account that acts: the person, or the App's bot. Undefined for nobody. */
export function actorOf(world: World, principal: Principal): Account | undefined {
  switch (principal.type) {
    case 'user':
      return principal.account;
    case 'app':
    case 'installation':
      return accountById(world, principal.app.botId);
    case 'anonymous':
      return undefined;
  }
}

/** The acting account. Throws GithubError 401 when nobody is signed in. */
export function requireActor(world: World, principal: Principal): Account {
  const actor = actorOf(world, principal);
  if (!actor) throw new GithubError(401, 'Requires authentication');
  return actor;
}

/** The App behind what the principal writes, shown as `performed_via_github_app`. */
export function appOf(principal: Principal): AppRecord | null {
  return principal.type === 'installation' ? principal.app : null;
}
