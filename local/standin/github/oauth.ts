import { html } from 'hono/html';
import { parse as parseCookies } from 'hono/utils/cookie';
import { z } from 'zod';

import { GithubError, notFound, unprocessable } from './github-error.ts';
import type { Hub } from './hub.ts';
import { type Authorization, createOauthGrants, type OauthGrants } from './oauth-grants.ts';
import { barePage } from './pages/bare-page.ts';
import { isSameOrigin } from './pages/same-origin.ts';
import type { Ledger, WireAnswer, WireRequest } from './pipeline.ts';
import { type Account, accountByLogin, type AppRecord } from './world.ts';

/** How people sign in to other servers with their account here. `serves` tells which paths belong to it. */
export type Oauth = Readonly<{
  serves: (pathname: string) => boolean;
  handle: (request: WireRequest) => Promise<WireAnswer>;
}>;

const AUTHORIZE = '/login/oauth/authorize';
const EXCHANGE = '/login/oauth/access_token';
const REVOKE = /^(?:\/api\/v3)?\/applications\/([^/]+)\/token$/;

type Deps = Readonly<{ hub: Hub; grants: OauthGrants }>;

/**
 * Creates the web flow of an App: the person whom the pages act for agrees, the server exchanges the code, and can end
 * the token. PKCE with S256 is asked for, and addresses must be registered.
 * Source: GitHub docs, "Generating a user access token for a GitHub App"; REST, "Delete an app token".
 */
export function createOauth(hub: Hub, record: Ledger): Oauth {
  const deps = { hub, grants: createOauthGrants(hub) };
  return {
    serves: (path) => path === AUTHORIZE || path === EXCHANGE || REVOKE.test(path),
    handle: async (request) => {
      const given = await answer(deps, request).catch((error: unknown) => refusal(request, error));
      record(request, { type: 'anonymous' }, given);
      return given;
    },
  };
}

function refusal({ url }: WireRequest, error: unknown): WireAnswer | Promise<WireAnswer> {
  if (!(error instanceof GithubError)) throw error;
  const { status, message } = error;
  if (url.pathname !== AUTHORIZE) return json(status, { message });
  return barePage(status, 'That did not work', html`<p>${message}</p>`);
}

async function answer(deps: Deps, request: WireRequest): Promise<WireAnswer> {
  const { method, url } = request;
  const client = REVOKE.exec(url.pathname)?.[1];
  if (client !== undefined && method === 'DELETE') return revoke(deps, client, request);
  if (url.pathname === EXCHANGE && method === 'POST') return exchange(deps, request);
  if (url.pathname !== AUTHORIZE || (method !== 'GET' && method !== 'POST')) throw notFound();
  const { hub, grants } = deps;
  const authorization = readAuthorization(hub, url.searchParams);
  const person = actingPerson(hub, request.headers);
  if (!person) return chooseFirst(url);
  if (method === 'GET') return agreement(authorization, person, url);
  if (!isSameOrigin(request.headers)) throw new GithubError(403, 'This form is not of this server');
  const back = new URL(authorization.redirectUri);
  back.searchParams.set('code', grants.agree(authorization, person));
  back.searchParams.set('state', authorization.state);
  const headers = { location: back.href };
  return { type: 'answer', status: 302, headers, body: Buffer.alloc(0) };
}

function readAuthorization({ world }: Hub, query: URLSearchParams): Authorization {
  const app = world.apps.values().find(({ clientId }) => clientId === query.get('client_id'));
  if (!app) throw notFound();
  const redirectUri = query.get('redirect_uri') ?? app.callbackUrls[0] ?? '';
  if (!isRegistered(app, redirectUri))
    throw new GithubError(400, 'The redirect_uri is not associated with this application.');
  const challenge = query.get('code_challenge') ?? '';
  if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
    throw new GithubError(400, 'The code challenge must be one of S256');
  return { app, redirectUri, challenge, state: query.get('state') ?? '' };
}

/** The same address, or the same with another port on this machine's own address. */
function isRegistered({ callbackUrls }: AppRecord, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { hostname, pathname, protocol } = new URL(uri);
  const portless = `${protocol}//${hostname}${pathname}`;
  const loopback = ['127.0.0.1', '[::1]'].includes(hostname);
  return callbackUrls.some((url) => url === uri || (loopback && withoutPort(url) === portless));
}

function withoutPort(url: string): string {
  const { hostname, pathname, protocol } = new URL(url);
  return `${protocol}//${hostname}${pathname}`;
}

function actingPerson({ world }: Hub, headers: Headers): Account | undefined {
  const login = parseCookies(headers.get('cookie') ?? '', 'person')['person'] ?? '';
  const account = accountByLogin(world, login);
  return account?.type === 'User' ? account : undefined;
}

function chooseFirst({ pathname, search }: URL): Promise<WireAnswer> {
  const to = encodeURIComponent(`${pathname}${search}`);
  return barePage(
    200,
    'Sign in',
    html`<p><a href="/login?to=${to}">Choose who you are</a> to go on.</p>`,
  );
}

function agreement({ app, redirectUri }: Authorization, person: Account, { search }: URL) {
  return barePage(
    200,
    `Authorize ${app.name}`,
    html`<p>${app.name} at ${new URL(redirectUri).host} wants to know who you are.</p>
      <form method="post" action="${AUTHORIZE}${search}">
        <button class="primary">Authorize as ${person.login}</button>
      </form>`,
  );
}

/** Problems are answered with 200, as GitHub does. */
function exchange({ grants }: Deps, request: WireRequest): WireAnswer {
  const fields = fieldsOf(request);
  const field = (name: string) => fields.get(name) ?? '';
  const exchanged = grants.exchange({
    clientId: field('client_id'),
    clientSecret: field('client_secret'),
    code: field('code'),
    redirectUri: field('redirect_uri'),
    verifier: field('code_verifier'),
  });
  if ('problem' in exchanged) return json(200, { error: exchanged.problem });
  return json(200, { access_token: exchanged.token, token_type: 'bearer', scope: '' });
}

/** Only JSON is answered, so that it has to be asked for. */
function fieldsOf({ headers, body }: WireRequest): URLSearchParams {
  if (headers.get('accept') !== 'application/json') throw unprocessable('Ask for application/json');
  return new URLSearchParams(body.toString('utf8'));
}

const Revocation = z.object({ access_token: z.string() });

function revoke({ hub, grants }: Deps, clientId: string, request: WireRequest): WireAnswer {
  const app = hub.world.apps.values().find((one) => one.clientId === clientId);
  const given = request.headers.get('authorization') ?? '';
  const wanted = `${app?.clientId ?? ''}:${app?.clientSecret ?? ''}`;
  if (!app || given !== `Basic ${Buffer.from(wanted).toString('base64')}`)
    throw new GithubError(401, 'Requires authentication');
  const { data } = Revocation.safeParse(fromJson(request.body));
  if (!data) throw unprocessable('access_token is missing');
  if (!grants.revoke(app, data.access_token)) throw notFound();
  return { type: 'answer', status: 204, headers: {}, body: Buffer.alloc(0) };
}

function fromJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON: the schema refuses undefined.
    return undefined;
  }
}

function json(status: number, body: object): WireAnswer {
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { type: 'answer', status, headers, body: Buffer.from(JSON.stringify(body)) };
}
