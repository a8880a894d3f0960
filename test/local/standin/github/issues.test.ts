import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const WEB = '/repos/acme/web';

describe('an issue', () => {
  it('is created by a person, seen by everyone who may, and announced', async () => {
    const made = await running.call(`POST ${WEB}/issues`, {
      token: running.person('reader'),
      body: { title: 'Sum is wrong', body: 'It subtracts.', labels: ['bug'] },
    });
    expect(made).toMatchObject({
      status: 201,
      body: { number: 1, state: 'open', labels: [{ name: 'bug' }], user: { login: 'reader' } },
    });
    const token = await running.token();
    expect((await running.call(`GET ${WEB}/issues/1`, { token })).body).toMatchObject({
      title: 'Sum is wrong',
      performed_via_github_app: null,
    });
    expect(await kinds(running)).toContain('issues.opened');
    expect((await running.call(`GET ${WEB}/issues/99`, { token })).status).toBe(404);
  });

  it('closes and opens again', async () => {
    const token = await running.token();
    const closed = await running.call(`PATCH ${WEB}/issues/1`, {
      token,
      body: { state: 'closed' },
    });
    expect(closed.body).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect((await running.call(`GET ${WEB}/issues`, { token })).body).toEqual([]);
    const open = await running.call(`PATCH ${WEB}/issues/1`, { token, body: { state: 'open' } });
    expect(open.body).toMatchObject({ state: 'open', closed_at: null });
  });

  it('takes labels and gives them back', async () => {
    const token = await running.token();
    const added = await running.call(`POST ${WEB}/issues/1/labels`, {
      token,
      body: { labels: ['cody'] },
    });
    expect(added.body).toMatchObject([{ name: 'bug' }, { name: 'cody' }]);
    const left = await running.call(`DELETE ${WEB}/issues/1/labels/bug`, { token });
    expect(left.body).toMatchObject([{ name: 'cody' }]);
    expect((await running.call(`DELETE ${WEB}/issues/1/labels/bug`, { token })).status).toBe(404);
    const reader = running.person('reader');
    const refused = await running.call(`POST ${WEB}/issues/1/labels`, {
      token: reader,
      body: { labels: ['x'] },
    });
    expect(refused.status).toBe(403);
  });

  it('is refused with a body of more than 65,536 characters', async () => {
    const token = running.person('reader');
    const create = (size: number) =>
      running.call(`POST ${WEB}/issues`, { token, body: { title: 't', body: 'é'.repeat(size) } });
    expect((await create(65_537)).status).toBe(422);
    expect((await create(65_536)).status).toBe(201);
  });

  it('cannot be opened in an archived repository', async () => {
    const answer = await running.call('POST /repos/acme/old/issues', {
      token: running.person('requester'),
      body: { title: 't' },
    });
    expect(answer).toMatchObject({
      status: 403,
      body: { message: 'Repository was archived so is read-only.' },
    });
  });
});

describe('a comment', () => {
  const thread = `${WEB}/issues/1/comments`;

  it('by the App shows its bot and the App', async () => {
    const token = await running.token({ permissions: { issues: 'write' } });
    const made = await running.call(`POST ${thread}`, { token, body: { body: 'Working.' } });
    expect(made).toMatchObject({
      status: 201,
      body: {
        user: { login: 'cody[bot]', type: 'Bot', id: running.botUserId },
        performed_via_github_app: { slug: 'cody', client_id: running.clientId },
      },
    });
  });

  it('is edited and deleted, and every change is announced with its sender', async () => {
    const token = running.person('requester');
    const made = await running.call(`POST ${thread}`, { token, body: { body: '/cody help' } });
    const one = `${WEB}/issues/comments/${made.num('id')}`;
    const edited = await running.call(`PATCH ${one}`, { token, body: { body: '/cody status' } });
    expect(edited.body).toMatchObject({ body: '/cody status' });
    expect((await running.call(`DELETE ${one}`, { token })).status).toBe(204);
    expect((await running.call(`GET ${one}`, { token })).status).toBe(404);
    const all = await kinds(running);
    expect(all.slice(-3)).toEqual([
      'issue_comment.created',
      'issue_comment.edited',
      'issue_comment.deleted',
    ]);
    expect(running.received.at(-2)?.payload).toMatchObject({
      changes: { body: { from: '/cody help' } },
      comment: { body: '/cody status' },
      sender: { login: 'requester' },
      installation: { id: running.installationId },
      organization: { login: 'acme' },
    });
  });

  it('of someone else cannot be changed without write access', async () => {
    const made = await running.call(`POST ${thread}`, {
      token: running.person('requester'),
      body: { body: 'mine' },
    });
    const one = `${WEB}/issues/comments/${made.num('id')}`;
    const change = (login: string) =>
      running.call(`PATCH ${one}`, { token: running.person(login), body: { body: 'theirs' } });
    expect((await change('reader')).status).toBe(403);
    expect((await change('writer')).status).toBe(200);
  });

  it('is refused when it is empty or too long', async () => {
    const token = await running.token();
    const create = (body: string) => running.call(`POST ${thread}`, { token, body: { body } });
    expect((await create('')).status).toBe(422);
    expect((await create('x'.repeat(65_537))).status).toBe(422);
  });

  it('gets the same reaction only once from the same hand', async () => {
    const token = await running.token();
    const made = await running.call(`POST ${thread}`, { token, body: { body: 'see' } });
    const reactions = `${WEB}/issues/comments/${made.num('id')}/reactions`;
    const first = await running.call(`POST ${reactions}`, { token, body: { content: 'eyes' } });
    const second = await running.call(`POST ${reactions}`, { token, body: { content: 'eyes' } });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    const listed = await running.call(`GET ${reactions}?content=eyes`, { token });
    expect(listed.body).toMatchObject([{ content: 'eyes', user: { login: 'cody[bot]' } }]);
    const gone = await running.call(`DELETE ${reactions}/${first.num('id')}`, { token });
    expect(gone.status).toBe(204);
  });

  it('needs the permission of its thread', async () => {
    const token = await running.token({ permissions: { pull_requests: 'write' } });
    const answer = await running.call(`POST ${thread}`, { token, body: { body: 'no' } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-accepted-github-permissions')).toBe('issues=write');
  });
});
