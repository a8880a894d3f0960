import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
  const token = running.person('requester');
  for (let number = 1; number <= 5; number += 1) {
    await running.call('POST /repos/acme/web/issues', {
      token,
      body: { title: `Issue ${number}` },
    });
  }
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const create = (title: string) =>
  running.call('POST /repos/acme/web/issues', {
    token: running.person('requester'),
    body: { title },
  });

describe('a request', () => {
  it('is refused where it lacks what the description requires', async () => {
    const token = await running.token();
    const answer = await running.call('POST /repos/acme/web/issues', { token, body: {} });
    expect(answer.status).toBe(422);
    expect(answer.str('message')).toContain('"title" wasn\'t supplied');
    const reaction = await running.call('POST /repos/acme/web/issues/1/reactions', {
      token,
      body: { content: 'shrug' },
    });
    expect(reaction.status).toBe(422);
  });

  it('is refused with a query that the description does not allow', async () => {
    const token = await running.token();
    const answer = await running.call('GET /repos/acme/web/issues?state=lost', { token });
    expect(answer.status).toBe(422);
    expect((await running.call('GET /repos/acme/web/issues/one', { token })).status).toBe(404);
  });

  it('is refused when it is not JSON, has no user agent, or asks for an unknown route', async () => {
    const url = `${running.standin.url}/repos/acme/web/issues`;
    const authorization = `token ${running.person('requester')}`;
    const broken = await fetch(url, { method: 'POST', headers: { authorization }, body: '{' });
    expect(broken.status).toBe(400);
    const nameless = await fetch(url, { headers: { authorization, 'user-agent': '' } });
    expect(nameless.status).toBe(403);
    expect((await running.call('GET /no/such/route')).status).toBe(404);
  });

  it('is understood below /api/v3 and by the number of the repository', async () => {
    const token = await running.token();
    const named = await running.call('GET /repos/acme/web', { token });
    const prefixed = await running.call('GET /api/v3/repos/acme/web', { token });
    const numbered = await running.call(`GET /repositories/${named.num('id')}`, { token });
    expect(prefixed.body).toEqual(named.body);
    expect(numbered.body).toEqual(named.body);
    const below = await running.call(`GET /repositories/${named.num('id')}/issues/1`, { token });
    expect(below.body).toMatchObject({ title: 'Issue 1' });
  });

  it('stands in the ledger with its caller and its outcome', async () => {
    const token = await running.token({ repositories: ['web'], permissions: { issues: 'read' } });
    await running.call('GET /repos/acme/web/issues/1', { token });
    expect(running.standin.requests().at(-1)).toMatchObject({
      method: 'GET',
      path: '/repos/acme/web/issues/1',
      status: 200,
      principal: {
        type: 'installation',
        login: 'cody[bot]',
        installationId: running.installationId,
        permissions: { issues: 'read', metadata: 'read' },
      },
    });
  });
});

describe('an answer', () => {
  it('comes in pages with links to the others', async () => {
    const token = await running.token();
    const first = await running.call('GET /repos/acme/web/issues?per_page=2', { token });
    expect(first.body).toMatchObject([{ number: 5 }, { number: 4 }]);
    const link = first.headers.get('link') ?? '';
    expect(link).toMatch(/per_page=2&page=2>; rel="next"/);
    expect(link).toMatch(/page=3>; rel="last"/);
    const last = await running.call('GET /repos/acme/web/issues?per_page=2&page=3', { token });
    expect(last.body).toMatchObject([{ number: 1 }]);
    expect(last.headers.get('link')).not.toContain('rel="next"');
  });

  it('is 304 when the caller has it already', async () => {
    const token = await running.token();
    const first = await running.call('GET /repos/acme/web/issues/1', { token });
    const etag = first.headers.get('etag') ?? '';
    const headers = { 'if-none-match': etag };
    const again = await running.call('GET /repos/acme/web/issues/1', { token, headers });
    expect(again).toMatchObject({ status: 304, text: '' });
    await running.call('PATCH /repos/acme/web/issues/1', { token, body: { title: 'New' } });
    const changed = await running.call('GET /repos/acme/web/issues/1', { token, headers });
    expect(changed.status).toBe(200);
  });

  it('counts the rate limit down, and asking for it is free', async () => {
    const token = running.person('reader');
    const first = await running.call('GET /repos/acme/web', { token });
    const free = await running.call('GET /rate_limit', { token });
    const second = await running.call('GET /repos/acme/web', { token });
    const left = Number(first.headers.get('x-ratelimit-remaining'));
    expect(free.num('rate.remaining')).toBe(left);
    expect(Number(second.headers.get('x-ratelimit-remaining'))).toBe(left - 1);
    expect(second.headers.get('x-github-request-id')).toBeTruthy();
  });

  it('is a refusal once an anonymous caller has asked sixty times in an hour', async () => {
    let answer = await running.call('GET /users/reader');
    for (let left = 0; left < 60; left += 1) answer = await running.call('GET /users/reader');
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-ratelimit-remaining')).toBe('0');
    running.clock.now += 3_600_000;
    expect((await running.call('GET /users/reader')).status).toBe(200);
  });
});

describe('a fault', () => {
  it('before the effect leaves nothing behind, as often as it was told', async () => {
    const { faults } = running.standin;
    faults.add({
      method: 'POST',
      path: '/repos/{owner}/{repo}/issues',
      when: 'before',
      status: 502,
      times: 2,
    });
    expect((await create('Lost')).status).toBe(502);
    expect((await create('Lost')).status).toBe(502);
    const made = await create('Kept');
    expect(made.num('number')).toBe(6);
  });

  it('after the effect loses only the answer', async () => {
    const { faults } = running.standin;
    faults.add({ method: 'POST', path: /\/issues$/, when: 'after', destroy: true });
    await expect(create('Done all the same')).rejects.toThrow('fetch failed');
    faults.add({ method: 'POST', path: '/repos/acme/web/issues', when: 'after', status: 500 });
    expect((await create('Done too')).status).toBe(500);
    const listed = await running.call('GET /repos/acme/web/issues', {
      token: running.person('requester'),
    });
    expect(listed.body).toMatchObject([
      { title: 'Done too' },
      { title: 'Done all the same' },
      {},
      {},
      {},
      {},
      {},
      {},
    ]);
  });

  it('plays the secondary and the primary rate limit', async () => {
    const { faults } = running.standin;
    faults.secondaryRateLimit({ retryAfter: 7 });
    const second = await create('Later');
    expect(second.status).toBe(403);
    expect(second.headers.get('retry-after')).toBe('7');
    faults.primaryRateLimit({ resetAt: 1_800_000_000 });
    const first = await create('Later');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(first.headers.get('x-ratelimit-reset')).toBe('1800000000');
    faults.add({ path: /./, when: 'before', status: 500 });
    faults.clear();
    expect((await create('Now')).status).toBe(201);
  });

  it('that only delays or only adds headers lets the effect happen once', async () => {
    const { faults } = running.standin;
    faults.add({ path: /issues$/, when: 'before', delayMs: 5 });
    const slow = await create('Slow');
    faults.add({ path: /issues$/, when: 'after', headers: { 'x-extra': 'yes' } });
    const marked = await create('Marked');
    expect(marked.headers.get('x-extra')).toBe('yes');
    expect(marked.num('number')).toBe(slow.num('number') + 1);
  });
});
