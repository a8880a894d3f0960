import type { Context, Hono } from 'hono';
import type { SessionStore } from '../../../core/store/sessions.ts';
import type { SignInStore } from '../../../core/store/sign-ins.ts';
import { isSameOrigin } from '../guard/same-origin.ts';
import { WebProblem } from '../problem.ts';
import type { WebEnv } from '../web-env.ts';
import { dropCookie, readCookie, writeCookie } from './cookies.ts';
import type { GithubIdentity } from './github-identity.ts';

type Deps = Readonly<{
  /** Undefined when the App's client id or secret is not configured. */
  identity: GithubIdentity | undefined;
  sessions: SessionStore;
  signIns: SignInStore;
  publicUrl: string | undefined;
}>;

/** Adds the way in and out: GitHub says who somebody is, and a session of ours remembers it. */
export function addSignInRoutes(app: Hono<WebEnv>, deps: Deps): void {
  app.get('/auth/login', (context) => begin(deps, context));
  app.get('/auth/callback', (context) => finish(deps, context));
  app.post('/auth/sign-out', (context) => signOut(deps, context));
}

async function begin(deps: Deps, context: Context<WebEnv>): Promise<Response> {
  const identity = configured(deps);
  const address = context.get('address');
  const literal = withoutName(address.origin);
  // GitHub takes any port of 127.0.0.1, but not of a name; the cookie has to be where the browser comes back to.
  if (deps.publicUrl === undefined && literal !== address.origin)
    return context.redirect(`${literal}/auth/login${new URL(context.req.url).search}`, 302);
  const begun = await deps.signIns.begin(placeAfter(context.req.query('to')));
  writeCookie(context, address, { kind: 'sign-in', value: begun.browser });
  return context.redirect(identity.address({ ...begun, callback: callbackOf(deps, context) }), 302);
}

async function finish(deps: Deps, context: Context<WebEnv>): Promise<Response> {
  const identity = configured(deps);
  const address = context.get('address');
  const browser = readCookie(context, address, 'sign-in');
  dropCookie(context, address, 'sign-in');
  const { code, state } = context.req.query();
  if (browser === undefined || code === undefined || state === undefined) throw failed();
  const signIn = await deps.signIns.take({ state, browser });
  if (!signIn) throw failed();
  const { verifier, to } = signIn;
  const callback = callbackOf(deps, context);
  const user = await identity.identify({ code, verifier, callback });
  if (!user) throw failed();
  const before = readCookie(context, address, 'session');
  if (before !== undefined) await deps.sessions.end(before);
  const value = await deps.sessions.begin(user);
  writeCookie(context, address, { kind: 'session', value });
  return context.redirect(to, 302);
}

async function signOut({ sessions }: Deps, context: Context<WebEnv>): Promise<Response> {
  const address = context.get('address');
  if (!isSameOrigin((name) => context.req.header(name), address.origin))
    throw new WebProblem('other_origin', 'Sign out on a page of this server.');
  const id = readCookie(context, address, 'session');
  if (id !== undefined) await sessions.end(id);
  dropCookie(context, address, 'session');
  return context.redirect('/', 303);
}

function configured({ identity }: Deps): GithubIdentity {
  if (identity) return identity;
  throw new WebProblem(
    'sign_in_not_configured',
    'Nobody can sign in: the operator of this server has not set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET of its GitHub App.',
  );
}

function failed(): WebProblem {
  return new WebProblem(
    'sign_in_failed',
    'The sign-in was not completed: it took too long, was begun in another browser, or was finished before. Begin again.',
  );
}

function callbackOf({ publicUrl }: Deps, context: Context<WebEnv>): string {
  const { origin } = context.get('address');
  const base = publicUrl !== undefined && new URL(publicUrl).origin === origin ? publicUrl : origin;
  return `${base}/auth/callback`;
}

function withoutName(origin: string): string {
  return origin.replace('//localhost', '//127.0.0.1');
}

/** A path on this server; anything else becomes the first page. */
function placeAfter(to: string | undefined): string {
  const base = 'http://here.invalid';
  if (to === undefined || !URL.canParse(to, base)) return '/';
  const { origin, pathname, search } = new URL(to, base);
  // Two slashes would be an address elsewhere.
  return origin === base && !pathname.startsWith('//') ? `${pathname}${search}` : '/';
}
