import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { randomKey, sha256 } from '../ids.ts';
import type { Actor } from '../request.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** A browser that somebody signed in with. GitHub's token is not part of it: it was revoked. Times are Unix ms. */
export const Session = z.object({
  type: z.literal('session'),
  /** sha256 (hex) of the random id that the browser's cookie holds. */
  id_sha256: z.string(),
  user_id: z.number().int(),
  login: z.string(),
  created_at: z.number().int(),
  expires_at: z.number().int(),
});
export type Session = z.infer<typeof Session>;

/** How long a session lasts: after its last use, and altogether. */
const idleMs = 12 * 3_600_000;
const longestMs = 7 * 24 * 3_600_000;

/** A use within this time of the last one that was written down is not written down. */
const touchMs = 10 * 60_000;

/** Sessions in the table. Only hashes of their ids are stored. */
export type SessionStore = ReturnType<typeof createSessionStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the sessions to a table and a clock. */
export function createSessionStore(deps: Deps) {
  return {
    /** Begins a session and returns its id: 256 random bits, shown to nobody but the browser. */
    begin: (user: Actor) => begin(deps, user),
    /** The session with this id, which goes on by being used; undefined when there is none or its time is over. */
    use: (id: string) => use(deps, id),
    end: (id: string) => end(deps, id),
  };
}

async function begin({ table, now }: Deps, user: Actor): Promise<string> {
  const id = randomKey();
  const at = now();
  const session: Session = {
    type: 'session',
    id_sha256: sha256(id),
    user_id: user.id,
    login: user.login,
    created_at: at,
    expires_at: at + idleMs,
  };
  const item = { ...keys.session(session.id_sha256), ...session, ...ttlAt(session.expires_at) };
  await table.transact([{ type: 'put', item, when: [{ attribute: 'pk', is: 'absent' }] }]);
  return id;
}

async function use({ table, now }: Deps, id: string): Promise<Session | undefined> {
  if (!/^[\w-]{43}$/.test(id)) return undefined;
  const item = await table.get(keys.session(sha256(id)));
  const session = item === undefined ? undefined : Session.parse(item);
  const at = now();
  if (!session || session.expires_at <= at) return undefined;
  const expires_at = Math.min(at + idleMs, session.created_at + longestMs);
  if (expires_at - session.expires_at < touchMs) return session;
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.session(session.id_sha256),
        set: { expires_at, ...ttlAt(expires_at) },
        when: [{ attribute: 'pk', is: 'present' }],
      },
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    // Signed out in the meantime.
    return undefined;
  }
  return { ...session, expires_at };
}

async function end({ table }: Deps, id: string): Promise<void> {
  await table.transact([{ type: 'delete', key: keys.session(sha256(id)) }]);
}
