import type { Context } from 'hono';
import type { MachineTokenStore } from '../../../core/store/machine-tokens.ts';
import type { SessionStore } from '../../../core/store/sessions.ts';
import type { Viewer } from '../access/viewer.ts';
import type { OwnAddress } from '../guard/own-address.ts';
import { readCookie } from './cookies.ts';

type Deps = Readonly<{ sessions: SessionStore; machineTokens: MachineTokenStore }>;

/** Who calls, by machine token or session cookie; undefined for nobody. A wrong token is not made good by a cookie. */
export async function identify(
  deps: Deps,
  context: Context,
  address: OwnAddress,
): Promise<Viewer | undefined> {
  const authorization = context.req.header('authorization');
  if (authorization !== undefined) return byToken(deps, authorization);
  const id = readCookie(context, address, 'session');
  const session = id === undefined ? undefined : await deps.sessions.use(id);
  return (
    session && {
      user: { id: session.user_id, login: session.login },
      via: 'session',
      key: `session ${session.id_sha256}`,
      repositories: undefined,
    }
  );
}

async function byToken(
  { machineTokens }: Deps,
  authorization: string,
): Promise<Viewer | undefined> {
  const text = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  const token = text === undefined ? undefined : await machineTokens.use(text);
  return (
    token && {
      user: token.user,
      via: 'token',
      key: `token ${token.id}`,
      repositories: new Set(token.repositories.map(({ id }) => id)),
    }
  );
}
