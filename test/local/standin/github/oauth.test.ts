import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../../local/standin/github/github-standin.ts';

let dir: string;
let standin: GithubStandin;
let app: ReturnType<GithubStandin['seed']['app']>;
const verifier = 'v'.repeat(43);
const callback = 'http://127.0.0.1:5555/auth/callback';

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'cody-oauth-'));
  standin = await startGithubStandin({ dataDir: dir });
  standin.seed.user({ login: 'requester', id: 4242 });
  app = standin.seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions: {},
    events: [],
    webhookSecret: 'a secret for webhooks',
  });
});
afterAll(async () => {
  await standin.close();
  await rm(dir, { recursive: true, force: true });
});

function authorize(method: 'GET' | 'POST', change: Record<string, string> = {}) {
  const url = new URL('/login/oauth/authorize', standin.url);
  url.search = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: callback,
    state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  }).toString();
  const headers = { cookie: 'person=requester', origin: standin.url };
  return fetch(url, { method, headers, redirect: 'manual' });
}

async function code(): Promise<string> {
  const answer = await authorize('POST');
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe('a state');
  return back.searchParams.get('code') ?? '';
}

async function exchange(change: Record<string, string>) {
  const answer = await fetch(new URL('/login/oauth/access_token', standin.url), {
    method: 'POST',
    headers: { accept: 'application/json' },
    body: new URLSearchParams({
      client_id: app.clientId,
      client_secret: app.clientSecret,
      redirect_uri: callback,
      code_verifier: verifier,
      ...change,
    }),
  });
  return (await answer.json()) as { access_token?: string; error?: string };
}

function revoke(token: string, secret = app.clientSecret) {
  return fetch(new URL(`/applications/${app.clientId}/token`, standin.url), {
    method: 'DELETE',
    headers: {
      authorization: `Basic ${Buffer.from(`${app.clientId}:${secret}`).toString('base64')}`,
    },
    body: JSON.stringify({ access_token: token }),
  });
}

describe("the stand-in's sign-in for other servers", () => {
  it('asks the acting person, and nobody else', async () => {
    expect(await (await authorize('GET')).text()).toContain('Authorize as requester');
    const url = `/login/oauth/authorize?client_id=${app.clientId}`;
    expect((await fetch(new URL(url, standin.url))).status).toBe(400);
  });

  it('refuses an address that is not registered, and a challenge that is not S256', async () => {
    const elsewhere = { redirect_uri: 'https://elsewhere.example/auth/callback' };
    expect((await authorize('GET', elsewhere)).status).toBe(400);
    expect((await authorize('GET', { code_challenge_method: 'plain' })).status).toBe(400);
  });

  it('exchanges a code once, for its App, address and verifier', async () => {
    expect(await exchange({ code: await code(), client_secret: 'wrong' })).toEqual({
      error: 'incorrect_client_credentials',
    });
    expect(await exchange({ code: await code(), redirect_uri: `${callback}/x` })).toEqual({
      error: 'redirect_uri_mismatch',
    });
    const bad = { error: 'bad_verification_code' };
    expect(await exchange({ code: await code(), code_verifier: 'w'.repeat(43) })).toEqual(bad);
    const good = await code();
    expect((await exchange({ code: good })).access_token).toMatch(/^ghu_/);
    expect(await exchange({ code: good })).toEqual(bad);
  });

  it('ends a token for the App that got it', async () => {
    const { access_token = '' } = await exchange({ code: await code() });
    const me = () =>
      fetch(new URL('/user', standin.url), {
        headers: { authorization: `Bearer ${access_token}`, 'user-agent': 'tests' },
      });
    expect(await (await me()).json()).toMatchObject({ login: 'requester', id: 4242 });
    expect((await revoke(access_token, 'wrong')).status).toBe(401);
    expect((await revoke(access_token)).status).toBe(204);
    expect((await me()).status).toBe(401);
    expect((await revoke(access_token)).status).toBe(404);
  });
});
