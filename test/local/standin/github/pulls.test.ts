import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  commitOnBranch,
  kinds,
  type Reply,
  type Running,
  startRunning,
} from './running-standin.ts';

let running: Running;
let token: string;
beforeAll(async () => {
  running = await startRunning();
  token = await running.token();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const PULLS = '/repos/acme/web/pulls';
const FIXED = 'export const sum = (a, b) => a + b;\n';

const branch = (name: string, files: Record<string, string> = { 'src/sum.js': FIXED }) =>
  commitOnBranch(running, { token, repository: 'acme/web', branch: name, files });
const open = (head: string, body: Record<string, unknown> = {}, as = token): Promise<Reply> =>
  running.call(`POST ${PULLS}`, {
    token: as,
    body: { title: 'Fix sum', head, base: 'main', ...body },
  });

describe('a pull request', () => {
  it('shows what git says about its branch', async () => {
    const commit = await branch('one', { 'src/sum.js': FIXED, 'new.txt': 'new\n' });
    const made = await open('one', { draft: true, body: 'Because.' });
    const number = made.num('number');
    expect(made).toMatchObject({
      status: 201,
      body: {
        state: 'open',
        draft: true,
        merged: false,
        mergeable: true,
        commits: 1,
        additions: 2,
        deletions: 1,
        changed_files: 2,
        user: { login: 'cody[bot]' },
        head: { ref: 'one', label: 'acme:one', sha: commit.str('sha') },
      },
    });
    const files = await running.call(`GET ${PULLS}/${number}/files`, { token });
    expect(files.body).toMatchObject([
      { filename: 'new.txt', status: 'added', patch: '@@ -0,0 +1 @@\n+new' },
      { filename: 'src/sum.js', status: 'modified', additions: 1, deletions: 1 },
    ]);
    const commits = await running.call(`GET ${PULLS}/${number}/commits`, { token });
    expect(commits.body).toMatchObject([
      { sha: commit.str('sha'), author: { login: 'cody[bot]' } },
    ]);
    const accept = 'application/vnd.github.diff';
    const diff = await running.call(`GET ${PULLS}/${number}`, { token, headers: { accept } });
    expect(diff.text).toContain('+export const sum = (a, b) => a + b;');
    const patch = await running.call(`GET ${PULLS}/${number}`, {
      token,
      headers: { accept: 'application/vnd.github.patch' },
    });
    expect(patch.text).toMatch(/^From [0-9a-f]{40} /);
    const thread = await running.call(`GET /repos/acme/web/issues/${number}`, { token });
    expect(thread.body).toMatchObject({ pull_request: { html_url: made.str('html_url') } });
  });

  it('exists once for a head and a base while it is open', async () => {
    await branch('twice');
    expect((await open('twice')).status).toBe(201);
    const second = await open('acme:twice');
    expect(second).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'A pull request already exists for acme:twice.' }] },
    });
    const listed = await running.call(`GET ${PULLS}?head=acme:twice&state=all`, { token });
    expect(listed.body).toMatchObject([{ head: { ref: 'twice' } }]);
  });

  it.each([
    ['a head that is not there', { head: 'absent' }, 'head'],
    ['a base that is not there', { head: 'twice', base: 'absent' }, 'base'],
    ['a head of another owner', { head: 'outsider:twice' }, 'head'],
  ])('is refused with %s', async (_, { head, ...body }, field) => {
    expect(await open(head, body)).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  });

  it('is refused without a commit of its own, and with a body that is too long', async () => {
    const sha = (await running.call('GET /repos/acme/web/git/ref/heads/main', { token })).str(
      'object.sha',
    );
    const ref = 'refs/heads/same';
    await running.call('POST /repos/acme/web/git/refs', { token, body: { ref, sha } });
    expect(await open('same')).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'No commits between main and same' }] },
    });
    await branch('long');
    expect((await open('long', { body: 'x'.repeat(65_537) })).status).toBe(422);
  });

  it('follows its branch and says so', async () => {
    await branch('follows');
    const made = await open('follows');
    const next = await branch('follows', { 'more.txt': 'more\n' });
    const read = await running.call(`GET ${PULLS}/${made.num('number')}`, { token });
    expect(read.body).toMatchObject({ commits: 2, head: { sha: next.str('sha') } });
    await running.standin.settled();
    const event = running.received.find(({ payload }) =>
      JSON.stringify(payload).startsWith('{"action":"synchronize"'),
    );
    expect(event?.payload).toMatchObject({
      before: made.str('head.sha'),
      after: next.str('sha'),
      pull_request: { head: { sha: next.str('sha') } },
    });
  });

  it('is edited, closed and reopened with its events, and closes with its branch', async () => {
    await branch('states');
    const one = `${PULLS}/${(await open('states')).num('number')}`;
    const patch = (body: unknown) => running.call(`PATCH ${one}`, { token, body });
    expect((await patch({ title: 'Other' })).body).toMatchObject({ title: 'Other' });
    expect((await patch({ state: 'closed' })).body).toMatchObject({ state: 'closed' });
    expect((await patch({ state: 'open' })).body).toMatchObject({ state: 'open' });
    await running.call('DELETE /repos/acme/web/git/refs/heads/states', { token });
    expect((await running.call(`GET ${one}`, { token })).body).toMatchObject({
      state: 'closed',
      merged: false,
    });
    expect((await patch({ state: 'open' })).status).toBe(422);
    const seen = (await kinds(running)).filter((kind) => kind.startsWith('pull_request.'));
    expect(seen.slice(-5)).toEqual([
      'pull_request.opened',
      'pull_request.edited',
      'pull_request.closed',
      'pull_request.reopened',
      'pull_request.closed',
    ]);
  });

  it('that conflicts with its base is not mergeable', async () => {
    await commitOnBranch(running, {
      token,
      repository: 'acme/open',
      branch: 'x',
      files: { 'a.txt': 'x\n' },
    });
    const made = await running.call('POST /repos/acme/open/pulls', {
      token,
      body: { title: 't', head: 'x', base: 'main' },
    });
    await commitOnBranch(running, {
      token,
      repository: 'acme/open',
      branch: 'main',
      files: { 'a.txt': 'y\n' },
    });
    const read = await running.call(`GET /repos/acme/open/pulls/${made.num('number')}`, { token });
    expect(read.body).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
  });

  it('counts as merged when its head reaches the base', async () => {
    const commit = await commitOnBranch(running, {
      token,
      repository: 'acme/open',
      branch: 'ff',
      files: { 'b.txt': 'b\n' },
    });
    const made = await running.call('POST /repos/acme/open/pulls', {
      token,
      body: { title: 't', head: 'ff', base: 'main' },
    });
    await running.call('PATCH /repos/acme/open/git/refs/heads/main', {
      token,
      body: { sha: commit.str('sha') },
    });
    const read = await running.call(`GET /repos/acme/open/pulls/${made.num('number')}`, { token });
    expect(read.body).toMatchObject({
      state: 'closed',
      merged: true,
      merged_by: { login: 'cody[bot]' },
    });
  });

  it('asks collaborators for a review, but not its author and not strangers', async () => {
    await branch('asks');
    const made = await open('asks', {}, running.person('writer'));
    const where = `${PULLS}/${made.num('number')}/requested_reviewers`;
    const ask = (login: string) =>
      running.call(`POST ${where}`, { token, body: { reviewers: [login] } });
    expect(await ask('requester')).toMatchObject({
      status: 201,
      body: { requested_reviewers: [{ login: 'requester' }] },
    });
    expect(await ask('writer')).toMatchObject({
      status: 422,
      body: { message: 'Review cannot be requested from pull request author.' },
    });
    expect((await ask('outsider')).status).toBe(422);
    expect((await running.call(`GET ${where}`, { token })).body).toMatchObject({
      users: [{ login: 'requester' }],
    });
  });
});

describe('a pull request under pressure', () => {
  it('is made once by two calls at the same time', async () => {
    await branch('raced');
    const answers = await Promise.all([open('raced'), open('raced'), open('raced')]);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(2);
  });

  it('is commented on with the permission for pull requests, and the event names it', async () => {
    await branch('talked');
    const made = await open('talked');
    const narrow = await running.token({ permissions: { pull_requests: 'write' } });
    const thread = `/repos/acme/web/issues/${made.num('number')}/comments`;
    const comment = await running.call(`POST ${thread}`, { token: narrow, body: { body: 'Hi.' } });
    expect(comment.status).toBe(201);
    await running.standin.settled();
    expect(running.received.at(-1)).toMatchObject({
      event: 'issue_comment',
      payload: { issue: { pull_request: { url: made.str('url') } }, comment: { body: 'Hi.' } },
    });
  });

  it('is refused as a draft where the plan has none, and with a title of 257 characters', async () => {
    const files = { 'a.txt': 'a\n' };
    await running.standin.seed.repository({
      owner: 'acme',
      name: 'plain',
      private: true,
      drafts: false,
      files,
    });
    const change = { token, repository: 'acme/plain', branch: 'x', files: { 'a.txt': 'b\n' } };
    await commitOnBranch(running, change);
    const make = (body: object) =>
      running.call('POST /repos/acme/plain/pulls', {
        token,
        body: { title: 't', head: 'x', base: 'main', ...body },
      });
    expect(await make({ draft: true })).toMatchObject({
      status: 422,
      body: { errors: [{ message: 'Draft pull requests are not supported in this repository.' }] },
    });
    expect((await make({ title: 'x'.repeat(257) })).status).toBe(422);
    expect((await make({})).status).toBe(201);
  });

  it('is merged by a person and found by its commit', async () => {
    await branch('merged', { 'merged.txt': 'm\n' });
    const made = await open('merged');
    const writer = running.person('writer');
    const where = `${PULLS}/${made.num('number')}`;
    const merged = await running.call(`PUT ${where}/merge`, { token: writer, body: {} });
    expect(merged).toMatchObject({ status: 200, body: { merged: true } });
    expect((await running.call(`GET ${where}`, { token })).body).toMatchObject({
      merged: true,
      merge_commit_sha: merged.str('sha'),
      merged_by: { login: 'writer' },
    });
    expect((await running.call(`PUT ${where}/merge`, { token: writer, body: {} })).status).toBe(
      405,
    );
    const sha = made.str('head.sha');
    const found = await running.call(`GET /repos/acme/web/commits/${sha}/pulls`, { token });
    expect(found.body).toMatchObject([{ number: made.num('number') }]);
  });
});

describe('a review', () => {
  let one: string;
  beforeAll(async () => {
    await branch('reviewed');
    one = `${PULLS}/${(await open('reviewed')).num('number')}`;
  });

  it('is submitted with its comments and announced as a whole and line by line', async () => {
    const made = await running.call(`POST ${one}/reviews`, {
      token: running.person('requester'),
      body: {
        event: 'COMMENT',
        body: '/cody address this',
        comments: [{ path: 'src/sum.js', line: 1, body: 'Why?' }],
      },
    });
    expect(made).toMatchObject({
      status: 200,
      body: { state: 'COMMENTED', user: { login: 'requester' } },
    });
    const comments = await running.call(`GET ${one}/reviews/${made.num('id')}/comments`, { token });
    expect(comments.body).toMatchObject([{ path: 'src/sum.js', body: 'Why?' }]);
    expect((await running.call(`GET ${one}/comments`, { token })).body).toMatchObject([
      { path: 'src/sum.js', line: 1, body: 'Why?' },
    ]);
    expect((await kinds(running)).slice(-2).toSorted()).toEqual([
      'pull_request_review.submitted',
      'pull_request_review_comment.created',
    ]);
    expect((await running.call(`GET ${one}/reviews`, { token })).body).toMatchObject([
      { id: made.num('id') },
    ]);
  });

  it('of the author cannot approve', async () => {
    const answer = await running.call(`POST ${one}/reviews`, { token, body: { event: 'APPROVE' } });
    expect(answer).toMatchObject({
      status: 422,
      body: { message: 'Can not approve your own pull request' },
    });
  });

  it('has threads that are answered and take reactions', async () => {
    const commit_id = (await running.call(`GET ${one}`, { token })).str('head.sha');
    const made = await running.call(`POST ${one}/comments`, {
      token: running.person('writer'),
      body: { body: '/cody rename', path: 'src/sum.js', line: 1, side: 'RIGHT', commit_id },
    });
    expect(made.status).toBe(201);
    expect(made.str('diff_hunk')).toMatch(/^@@ /);
    const reply = await running.call(`POST ${one}/comments/${made.num('id')}/replies`, {
      token,
      body: { body: 'Done.' },
    });
    expect(reply.body).toMatchObject({
      in_reply_to_id: made.num('id'),
      user: { login: 'cody[bot]' },
    });
    const reactions = `${PULLS}/comments/${made.num('id')}/reactions`;
    const react = () => running.call(`POST ${reactions}`, { token, body: { content: 'eyes' } });
    expect([(await react()).status, (await react()).status]).toEqual([201, 200]);
    expect((await running.call(`GET ${reactions}`, { token })).body).toMatchObject([
      { content: 'eyes' },
    ]);
    const far = await running.call(`POST ${one}/comments`, {
      token,
      body: { body: 'x', path: 'src/sum.js', line: 99, commit_id },
    });
    expect(far.status).toBe(422);
  });
});
