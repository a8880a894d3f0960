import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../core/errors.ts';
import { createMachineTokenStore } from '../../../core/store/machine-tokens.ts';
import { createLookUp, type LookUp } from '../../../local/token/look-up.ts';
import { runToken } from '../../../local/token/run-token.ts';
import { type RunningApp, startRunningApp } from '../support/running-app.ts';
import { origin, type RunningWeb, startRunningWeb } from '../support/running-web.ts';

let running: RunningApp;
let web: RunningWeb;
let lookUp: LookUp;

beforeAll(async () => {
  running = await startRunningApp();
  web = await startRunningWeb(running);
  const { appId, privateKey, github } = running;
  lookUp = createLookUp({ appId, privateKey, apiUrl: github.url });
});
afterAll(async () => {
  await running.close();
});

const cookieOf = (answer: Response) =>
  answer.headers.getSetCookie().map((one) => one.split(';')[0])[0] ?? '';

/** Goes to GitHub and agrees there; returns the address to come back to. */
async function agree(begun: Response, login: string): Promise<string> {
  const agreed = await fetch(begun.headers.get('location') ?? '', {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `person=${login}`, origin: running.github.url },
  });
  const back = new URL(agreed.headers.get('location') ?? '');
  return `${back.pathname}${back.search}`;
}

const problem = async (answer: Response) => {
  const { status, code } = (await answer.json()) as { status: number; code: string };
  return [status, code];
};

describe('the sign-in', () => {
  it('asks GitHub once who somebody is, and ends its token', async () => {
    const begun = await web.send('/auth/login?to=/after');
    const back = await agree(begun, 'requester');
    const before = running.github.requests().length;
    const done = await web.send(back, { headers: { cookie: cookieOf(begun) } });
    expect(done.headers.get('location')).toBe('/after');
    const calls = running.github.requests().slice(before);
    expect(
      calls.map(({ method, path, status }) => [method, path.split('/').at(-1), status]),
    ).toEqual([
      ['POST', 'access_token', 200],
      ['GET', 'user', 200],
      ['DELETE', 'token', 204],
    ]);
    const cookie = done.headers.getSetCookie().find((one) => one.startsWith('cody-session'));
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    const me = await web.send('/api/me', { headers: { cookie: cookie?.split(';')[0] ?? '' } });
    expect(await me.json()).toMatchObject({ user: { id: 4242 } });
  });

  it('takes a state once, and from the browser that it was made for', async () => {
    const begun = await web.send('/auth/login');
    const back = await agree(begun, 'requester');
    const other = await web.send('/auth/login');
    const failed = [403, 'sign_in_failed'];
    expect(await problem(await web.send(back))).toEqual(failed);
    const stolen = await web.send(back, { headers: { cookie: cookieOf(other) } });
    expect(await problem(stolen)).toEqual(failed);
    const headers = { cookie: cookieOf(begun) };
    expect((await web.send(back, { headers })).status).toBe(302);
    expect(await problem(await web.send(back, { headers }))).toEqual(failed);
  });

  it('comes back to the address that GitHub takes with any port', async () => {
    const named = await web.send('/auth/login?to=/x', { headers: { host: 'localhost:3000' } });
    expect(named.headers.get('location')).toBe(`${origin}/auth/login?to=/x`);
  });

  it('goes nowhere but to a path of this server', async () => {
    for (const to of [
      'https://elsewhere.example/',
      '//elsewhere.example',
      '/\\elsewhere.example',
    ]) {
      const begun = await web.send(`/auth/login?to=${encodeURIComponent(to)}`);
      const back = await agree(begun, 'requester');
      const done = await web.send(back, { headers: { cookie: cookieOf(begun) } });
      expect(done.headers.get('location')).toBe('/');
    }
  });

  it('ends with signing out, which a page elsewhere cannot do', async () => {
    const cookie = await web.signIn('writer');
    const out = (from: string) =>
      web.send('/auth/sign-out', { method: 'POST', headers: { cookie, origin: from } });
    expect(await problem(await out('http://elsewhere.example'))).toEqual([403, 'other_origin']);
    expect((await web.send('/api/me', { headers: { cookie } })).status).toBe(200);
    expect((await out(origin)).status).toBe(303);
    expect((await web.send('/api/me', { headers: { cookie } })).status).toBe(401);
  });

  it('holds for twelve hours after the last use, and for a week at most', async () => {
    const cookie = await web.signIn('reader');
    const me = async () => (await web.send('/api/me', { headers: { cookie } })).status;
    for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
      expect([hours, await me()]).toEqual([hours, 200]);
      running.pass(11 * 3_600_000);
    }
    running.pass(11 * 3_600_000);
    expect(await me()).toBe(401);
  });
});

/** The status for a call through a proxy. */
const askBy = async (path: string, forwarded: string) => {
  const headers = { 'test-peer': '10.0.0.1', 'x-forwarded-for': forwarded };
  return (await web.send(path, { headers })).status;
};

describe('the guard', () => {
  it('answers to its own names only', async () => {
    const rebound = await web.send('/api/health', { headers: { host: 'elsewhere.example' } });
    expect(await problem(rebound)).toEqual([421, 'other_host']);
  });

  it('takes a change with a cookie from its own pages only', async () => {
    const cookie = await web.signIn('requester');
    const post = (headers: Record<string, string>) =>
      web.send('/api/requests/0000000000/cancel', {
        method: 'POST',
        headers: { cookie, ...headers },
      });
    expect(await problem(await post({}))).toEqual([403, 'other_origin']);
    const elsewhere = { origin: 'http://127.0.0.1:4000' };
    expect(await problem(await post(elsewhere))).toEqual([403, 'other_origin']);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(404);
  });

  it('keeps answers out of caches, frames and scripts', async () => {
    for (const path of ['/api/health', '/api/nothing', '/auth/callback']) {
      const { headers } = await web.send(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
      expect(headers.has('access-control-allow-origin')).toBe(false);
    }
  });

  it('slows down who calls too often, and nobody else', async () => {
    const [fast, slow] = [await web.signIn('outsider'), await web.signIn('requester')];
    const me = (cookie: string) => web.send('/api/me', { headers: { cookie } });
    let refused: Response | undefined;
    for (let call = 0; call < 2_000 && !refused; call += 1) {
      const answer = await me(fast);
      if (answer.status === 429) refused = answer;
    }
    expect(refused?.headers.get('retry-after')).toBe('1');
    expect((await me(slow)).status).toBe(200);
  });

  it('slows down a stranger by his address, and keeps sign-in and health open for the others', async () => {
    // The proxy adds the last entry; the caller made up those before it.
    const fill = async () => {
      for (let call = 0; call < 400; call += 1) {
        if ((await askBy('/api/me', `192.0.2.${call % 200}, 198.51.100.7`)) === 429) return;
      }
      throw new Error('Nothing was refused');
    };
    await fill();
    expect(await askBy('/auth/login', '198.51.100.7')).toBe(429);
    expect(await askBy('/auth/login', '198.51.100.8')).toBe(302);
    expect(await askBy('/api/health', '198.51.100.8')).toBe(200);
    expect(await askBy('/', '198.51.100.8')).toBe(401);
  });
});

const create = async (user: string, repositories: string[]) => {
  const now = running.now;
  const tokens = createMachineTokenStore({ table: running.table, now });
  const run = (command: Parameters<typeof runToken>[1]) =>
    runToken({ tokens, lookUp, now }, command);
  const named = repositories.map((one) => {
    const [owner = '', name = ''] = one.split('/');
    return { owner, name };
  });
  const text = await run({ type: 'create', user, repositories: named, name: 'ci', days: 90 });
  const [token = ''] = text.split('\n');
  const id = /Token (\w+) for/.exec(text)?.[1] ?? '';
  return { token, id, run };
};
const ask = (repository: string) => ({ prompt: 'Fix it', repositories: [{ repository }] });
const post = (token: string, repository: string) =>
  web.call('POST /requests', {
    token,
    body: ask(repository),
    headers: { 'idempotency-key': `${token.slice(5, 15)}-${repository}` },
  });

describe('a machine token', () => {
  it('stands for its person in its repositories', async () => {
    const { token } = await create('requester', ['acme/web']);
    expect(token).toMatch(/^cody_[\w-]{43}$/);
    expect((await web.call('GET /me', { token })).body).toMatchObject({ via: 'token' });
    const list = await web.call('GET /repositories', { token });
    expect(list.text).toContain('"name":"web"');
    expect(list.text).not.toContain('"name":"api"');
    const made = await post(token, 'acme/web');
    expect(made).toMatchObject({ status: 201, body: { requester: { login: 'requester' } } });
    expect(await post(token, 'acme/api')).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'unknown_target' }] },
    });
  });

  it('is worth no more than what its person may do now', async () => {
    const { token } = await create('reader', ['acme/web']);
    expect(await post(token, 'acme/web')).toMatchObject({
      status: 422,
      body: { errors: [{ code: 'no_write_in_source' }] },
    });
  });

  it('is stored as a hash, shows its last use, and is dead once revoked or old', async () => {
    const { token, id, run } = await create('requester', ['acme/web']);
    const items = await running.table.query({ partition: 'MACHINE_TOKENS' });
    expect(JSON.stringify(items)).not.toContain(token.slice(5));
    expect(await run({ type: 'list' })).toMatch(new RegExp(`${id} · ci · .* · never used`));
    await web.call('GET /me', { token });
    expect(await run({ type: 'list' })).toMatch(new RegExp(`${id} · .* · last used 20`));
    expect(await run({ type: 'revoke', id })).toContain('is revoked');
    expect((await web.call('GET /me', { token })).status).toBe(401);
    expect(await run({ type: 'revoke', id })).toContain('There is no living token');
    const second = await create('requester', ['acme/web']);
    running.pass(91 * 24 * 3_600_000);
    expect((await web.call('GET /me', { token: second.token })).status).toBe(401);
  });

  it('is made for people and repositories that there are', async () => {
    await expect(create('nobody-here', ['acme/web'])).rejects.toThrow(UserError);
    await expect(create('requester', ['outsider/own'])).rejects.toThrow(/not installed/);
  });
});
