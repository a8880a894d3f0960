import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { randomKey, sha256 } from '../ids.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** A browser that was sent to GitHub and has not come back. Times are Unix ms. */
const SignIn = z.object({
  type: z.literal('sign_in'),
  /** sha256 (hex) of the mark that the browser's cookie holds. */
  browser_sha256: z.string(),
  /** The secret half of PKCE (RFC 7636). */
  verifier: z.string(),
  /** The path to go to afterwards. */
  to: z.string(),
  expires_at: z.number().int(),
});

/** What is handed to the browser: `state` goes to GitHub and back, `browser` stays in a cookie. */
export type BegunSignIn = Readonly<{ state: string; browser: string; verifier: string }>;

/** A person reads GitHub's page, and perhaps signs in there first. */
const lastsMs = 10 * 60_000;

/** Sign-ins under way. States are good once, and for the browser that they were made for. */
export type SignInStore = ReturnType<typeof createSignInStore>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Binds the sign-ins to a table and a clock. */
export function createSignInStore(deps: Deps) {
  return {
    begin: (to: string) => begin(deps, to),
    /** Uses up a state. Undefined for one that is unknown, used, too old or another browser's. */
    take: (given: Pick<BegunSignIn, 'state' | 'browser'>) => take(deps, given),
  };
}

async function begin({ table, now }: Deps, to: string): Promise<BegunSignIn> {
  const begun = { state: randomKey(), browser: randomKey(), verifier: randomKey() };
  const signIn: z.infer<typeof SignIn> = {
    type: 'sign_in',
    browser_sha256: sha256(begun.browser),
    verifier: begun.verifier,
    to,
    expires_at: now() + lastsMs,
  };
  const item = { ...keys.signIn(sha256(begun.state)), ...signIn, ...ttlAt(signIn.expires_at) };
  await table.transact([{ type: 'put', item, when: [{ attribute: 'pk', is: 'absent' }] }]);
  return begun;
}

async function take(
  { table, now }: Deps,
  { state, browser }: Pick<BegunSignIn, 'state' | 'browser'>,
): Promise<Readonly<{ verifier: string; to: string }> | undefined> {
  const key = keys.signIn(sha256(state));
  const item = await table.get(key);
  const signIn = item === undefined ? undefined : SignIn.parse(item);
  // Another browser does not use it up: it may have been lured here with a state of its own.
  if (!signIn || signIn.browser_sha256 !== sha256(browser)) return undefined;
  try {
    const when = [{ attribute: 'pk', is: 'present' }] as const;
    await table.transact([{ type: 'delete', key, when }]);
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
  return signIn.expires_at > now() ? signIn : undefined;
}
