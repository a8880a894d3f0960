import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const MINT = () => `POST /app/installations/${running.installationId}/access_tokens`;

describe('the App itself', () => {
  it('is known by a token that its key signed, under its id or its client id', async () => {
    const byId = await running.call('GET /app', { token: running.jwt() });
    const byClient = await running.call('GET /app', {
      token: running.jwt({ iss: running.clientId }),
    });
    expect(byId.body).toMatchObject({ slug: 'cody', id: running.appId });
    expect(byClient.body).toEqual(byId.body);
  });

  it.each([
    ['expires too late', { exp: Date.parse('2026-11-22T12:30:00Z') / 1_000 }],
    ['has expired', { exp: Date.parse('2026-11-22T11:59:00Z') / 1_000 }],
    ['was issued in the future', { iat: Date.parse('2026-11-22T12:05:00Z') / 1_000 }],
  ])('is refused when its token %s', async (_, claims) => {
    expect((await running.call('GET /app', { token: running.jwt(claims) })).status).toBe(401);
  });

  it('is refused when the signature is not its own', async () => {
    const token = `${running.jwt().split('.').slice(0, 2).join('.')}.AAAA`;
    expect((await running.call('GET /app', { token })).status).toBe(401);
  });

  it('cannot use its own token where an installation is needed, nor the other way round', async () => {
    expect(
      (await running.call('GET /repos/acme/open/issues', { token: running.jwt() })).status,
    ).toBe(403);
    expect((await running.call('GET /app', { token: await running.token() })).status).toBe(401);
  });

  it('finds its installations by repository, organization and user', async () => {
    const token = running.jwt();
    const id = { id: running.installationId };
    expect((await running.call('GET /repos/acme/web/installation', { token })).body).toMatchObject(
      id,
    );
    expect((await running.call('GET /orgs/acme/installation', { token })).body).toMatchObject(id);
    expect((await running.call('GET /users/outsider/installation', { token })).status).toBe(404);
    expect((await running.call('GET /repos/outsider/own/installation', { token })).status).toBe(
      404,
    );
    expect((await running.call('GET /app/installations', { token })).body).toMatchObject([id]);
  });
});

describe('an installation token', () => {
  it('reaches what it is narrowed to and nothing else', async () => {
    const token = await running.token({ repositories: ['web'], permissions: { issues: 'write' } });
    const { call } = running;
    expect((await call('GET /repos/acme/web/issues', { token })).status).toBe(200);
    expect((await call('GET /repos/acme/bare/issues', { token })).status).toBe(404);
    const refused = await call('GET /repos/acme/web/pulls', { token });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ message: 'Resource not accessible by integration' });
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('pull_requests=read');
    const listed = await call('GET /installation/repositories', { token });
    expect(listed.body).toMatchObject({ total_count: 1, repositories: [{ name: 'web' }] });
  });

  it('may read but not write a public repository elsewhere', async () => {
    const token = await running.token();
    expect((await running.call('GET /repos/outsider/shown', { token })).status).toBe(200);
    const written = await running.call('POST /repos/outsider/shown/issues', {
      token,
      body: { title: 'Hello' },
    });
    expect(written.status).toBe(403);
  });

  it.each([
    ['a repository of someone else', { repositories: ['own'] }],
    ['an unknown repository id', { repository_ids: [7] }],
    ['a permission that was not granted', { permissions: { administration: 'write' } }],
    ['a higher level than granted', { permissions: { metadata: 'write' } }],
  ])('is not made for %s', async (_, body) => {
    expect((await running.call(MINT(), { token: running.jwt(), body })).status).toBe(422);
  });

  it('dies after an hour', async () => {
    const token = await running.token();
    running.clock.now += 3_600_000;
    const answer = await running.call('GET /repos/acme/web', { token });
    expect(answer).toMatchObject({ status: 401, body: { message: 'Bad credentials' } });
  });

  it('dies when it is revoked', async () => {
    const token = await running.token();
    expect((await running.call('DELETE /installation/token', { token })).status).toBe(204);
    expect((await running.call('GET /repos/acme/web', { token })).status).toBe(401);
  });

  it('is longer than the forty characters of old and is not one of three fixed parts', async () => {
    expect((await running.token()).length).toBeGreaterThan(200);
  });

  it('does not work while the installation is suspended', async () => {
    const token = await running.token();
    const suspended = `/app/installations/${running.installationId}/suspended`;
    await running.call(`PUT ${suspended}`, { token: running.jwt() });
    expect((await running.call('GET /repos/acme/web', { token })).status).toBe(403);
    expect((await running.call(MINT(), { token: running.jwt() })).status).toBe(403);
    await running.call(`DELETE ${suspended}`, { token: running.jwt() });
    expect((await running.call('GET /repos/acme/web', { token })).status).toBe(200);
  });
});

describe('everyone else', () => {
  it('gets 401 for an unknown token, even where nothing private is asked for', async () => {
    const token = 'ghs_unknown';
    expect((await running.call('GET /repos/outsider/shown', { token })).status).toBe(401);
  });

  it('cannot tell a private repository from one that does not exist', async () => {
    const hidden = await running.call('GET /repos/acme/web', { token: running.person('outsider') });
    const absent = await running.call('GET /repos/acme/nothing', {
      token: running.person('outsider'),
    });
    expect(hidden.status).toBe(404);
    expect(hidden.body).toEqual(absent.body);
    expect((await running.call('GET /repos/acme/web')).status).toBe(404);
    expect((await running.call('GET /repos/outsider/shown')).status).toBe(200);
  });

  it.each([
    ['requester', 'admin', 'admin'],
    ['maintainer', 'write', 'maintain'],
    ['writer', 'write', 'write'],
    ['triager', 'read', 'triage'],
    ['reader', 'read', 'read'],
    ['outsider', 'none', 'none'],
  ])('%s has permission %s as %s', async (login, permission, role) => {
    const token = await running.token({ permissions: { metadata: 'read' } });
    const answer = await running.call(`GET /repos/acme/web/collaborators/${login}/permission`, {
      token,
    });
    expect(answer.body).toMatchObject({ permission, role_name: role, user: { login } });
  });

  it('has read permission on what is public, and a bot has none at all', async () => {
    const token = await running.token();
    const where = '/repos/acme/open/collaborators';
    const outsider = await running.call(`GET ${where}/outsider/permission`, { token });
    expect(outsider.body).toMatchObject({ permission: 'read' });
    const bot = await running.call(`GET ${where}/cody%5Bbot%5D/permission`, { token });
    expect(bot).toMatchObject({ status: 404, body: { message: 'cody[bot] is not a user' } });
  });

  it('is found by login and by id', async () => {
    const byLogin = await running.call('GET /users/requester');
    expect(byLogin.body).toMatchObject({ id: 4242 });
    expect((await running.call('GET /user/4242')).body).toMatchObject({ login: 'requester' });
    const self = await running.call('GET /user', { token: running.person('requester') });
    expect(self.body).toMatchObject({ id: 4242 });
  });

  it('loses at once what is taken away, tokens in hand included', async () => {
    const token = await running.token();
    const { seed } = running.standin;
    const issue = (as: string) =>
      running.call('POST /repos/acme/web/issues', { token: as, body: { title: 't' } });
    seed.updateInstallation({ id: running.installationId, permissions: { issues: 'read' } });
    expect((await issue(token)).status).toBe(403);
    seed.updateInstallation({ id: running.installationId, repositories: ['open'] });
    expect((await issue(token)).status).toBe(404);
    seed.updateRepository({ owner: 'acme', name: 'web', collaborators: { reader: 'none' } });
    expect((await issue(running.person('reader'))).status).toBe(404);
  });
});
