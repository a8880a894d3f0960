import type { Hono } from 'hono';
import type { WebEnv } from '../../../app/web/web-env.ts';
import { type Contract, createContract } from './contract.ts';
import type { RunningApp } from './running-app.ts';

/** What a caller sends. */
export type Call = Readonly<{
  /** A login with a session, a machine token, or nobody. */
  as?: string | undefined;
  token?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
}>;

/** An answer that fits the description. */
export type Answered = Readonly<{
  status: number;
  headers: Headers;
  text: string;
  body: Record<string, never>;
}>;

/** Pages and API of a running App, as browsers and programs meet them. */
export type RunningWeb = Readonly<{
  web: Hono<WebEnv>;
  /** Sends a request as it is. */
  send: (path: string, init?: RequestInit) => Promise<Response>;
  /** The way through GitHub; the session's cookie. */
  signIn: (login: string) => Promise<string>;
  /** Calls `METHOD /path` of the API; request and answer are held against the description. */
  call: (operation: string, call?: Call) => Promise<Answered>;
  contract: Contract;
}>;

/** The address that people use. */
export const origin = 'http://127.0.0.1:3000';

export async function startRunningWeb({ app, github }: RunningApp): Promise<RunningWeb> {
  const facts = { version: '1', engines: {}, sandbox: undefined };
  const web = app.web({
    streams: true,
    health: () => app.health(facts),
    // The connection that a test pretends to come by.
    peer: (context) => context.req.header('test-peer') ?? '127.0.0.1',
    proxies: 1,
  });
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('host')) headers.set('host', '127.0.0.1:3000');
    return await web.fetch(new Request(new URL(path, origin), { ...init, headers }));
  };
  const cookies = new Map<string, string>();
  const signIn = async (login: string) => {
    const known = cookies.get(login);
    if (known !== undefined) return known;
    const begun = await send('/auth/login?to=/after');
    const asked = begun.headers.get('location') ?? '';
    const agreed = await fetch(asked, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `person=${login}`, origin: github.url },
    });
    const back = new URL(agreed.headers.get('location') ?? '');
    const done = await send(`${back.pathname}${back.search}`, {
      headers: { cookie: cookieOf(begun) },
    });
    if (done.headers.get('location') !== '/after') throw new Error(await done.text());
    const cookie = cookieOf(done, 'cody-session');
    cookies.set(login, cookie);
    return cookie;
  };
  const described = await send('/api/openapi.json');
  const contract = createContract(await described.json());
  const call = async (operation: string, given: Call = {}): Promise<Answered> => {
    const [method = '', path = ''] = operation.split(' ');
    const url = new URL(`/api${path}`, origin);
    for (const [name, value] of Object.entries(given.query ?? {}))
      url.searchParams.set(name, value);
    const headers = new Headers({ origin, ...given.headers });
    if (given.as !== undefined) headers.set('cookie', await signIn(given.as));
    if (given.token !== undefined) headers.set('authorization', `Bearer ${given.token}`);
    const body = given.body === undefined ? {} : { body: JSON.stringify(given.body) };
    if (given.body !== undefined) headers.set('content-type', 'application/json');
    const answer = await send(`${url.pathname}${url.search}`, { method, headers, ...body });
    const text = await answer.text();
    contract.check({ method, path, call: given, headers, answer, text });
    const json = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body: json ? JSON.parse(text) : {},
    };
  };
  return { web, send, signIn, call, contract };
}

function cookieOf(answer: Response, name = ''): string {
  const found = answer.headers.getSetCookie().find((one) => one.includes(name));
  return found?.split(';')[0] ?? '';
}
