import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { commitOnBranch, kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
let token: string;
let head: string;
beforeAll(async () => {
  running = await startRunning();
  token = await running.token();
  head = (await running.call('GET /repos/acme/web/git/ref/heads/main', { token })).str(
    'object.sha',
  );
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const GIT = '/repos/acme/web/git';
const post = (what: string, body: unknown) => running.call(`POST ${GIT}/${what}`, { token, body });
const sha1 = (type: string, text: string) =>
  createHash('sha1')
    .update(`${type} ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

describe('a blob', () => {
  it('has the name that git gives it, from text and from base64', async () => {
    const text = 'héllo\n';
    const plain = await post('blobs', { content: text });
    expect(plain).toMatchObject({ status: 201, body: { sha: sha1('blob', text) } });
    const content = Buffer.from(text).toString('base64');
    expect((await post('blobs', { content, encoding: 'base64' })).body).toEqual(plain.body);
    const read = await running.call(`GET ${GIT}/blobs/${plain.str('sha')}`, { token });
    expect(Buffer.from(read.str('content'), 'base64').toString('utf8')).toBe(text);
    expect((await running.call(`GET ${GIT}/blobs/${'1'.repeat(40)}`, { token })).status).toBe(404);
  });
});

describe('a tree', () => {
  it('grows from a base with inline text, named blobs, modes and deletions', async () => {
    const blob = await post('blobs', { content: 'named\n' });
    const made = await post('trees', {
      base_tree: head,
      tree: [
        { path: 'docs/a.md', mode: '100644', type: 'blob', content: 'inline\n' },
        { path: 'bin/named.sh', mode: '100755', type: 'blob', sha: blob.str('sha') },
        { path: 'link', mode: '120000', type: 'blob', content: 'README.md' },
        { path: 'README.md', mode: '100644', type: 'blob', sha: null },
      ],
    });
    expect(made.status).toBe(201);
    const listed = await running.call(`GET ${GIT}/trees/${made.str('sha')}?recursive=1`, { token });
    const entries = JSON.stringify(listed.body);
    expect(listed.body).toMatchObject({
      truncated: false,
      tree: expect.arrayContaining([
        expect.objectContaining({ path: 'bin/named.sh', mode: '100755', sha: blob.str('sha') }),
        expect.objectContaining({ path: 'bin/run.sh', mode: '100755' }),
        expect.objectContaining({ path: 'docs', type: 'tree' }),
        expect.objectContaining({ path: 'docs/a.md', sha: sha1('blob', 'inline\n') }),
        expect.objectContaining({ path: 'link', mode: '120000' }),
      ]),
    });
    expect(entries).not.toContain('"path":"README.md"');
  });

  it('takes another tree as a folder', async () => {
    const inner = await post('trees', {
      tree: [{ path: 'x', mode: '100644', type: 'blob', content: 'x' }],
    });
    const outer = await post('trees', {
      tree: [{ path: 'a/b', mode: '040000', type: 'tree', sha: inner.str('sha') }],
    });
    const listed = await running.call(`GET ${GIT}/trees/${outer.str('sha')}?recursive=true`, {
      token,
    });
    expect(listed.body).toMatchObject({
      tree: [{ path: 'a' }, { path: 'a/b' }, { path: 'a/b/x' }],
    });
  });

  it.each([
    ['a blob that is not there', { path: 'a', mode: '100644', type: 'blob', sha: '1'.repeat(40) }],
    ['a path that climbs out', { path: '../a', mode: '100644', type: 'blob', content: '' }],
    ['a path into .git', { path: '.git/config', mode: '100644', type: 'blob', content: '' }],
    [
      'both sha and content',
      { path: 'a', mode: '100644', type: 'blob', content: '', sha: '1'.repeat(40) },
    ],
    ['the deletion of nothing', { path: 'absent', mode: '100644', type: 'blob', sha: null }],
    ['an unknown mode', { path: 'a', mode: '100666', type: 'blob', content: '' }],
  ])('is refused with %s', async (_, entry) => {
    expect((await post('trees', { base_tree: head, tree: [entry] })).status).toBe(422);
  });

  it('with a workflow needs the workflows permission', async () => {
    const answer = await post('trees', {
      base_tree: head,
      tree: [
        { path: '.github/workflows/ci.yml', mode: '100644', type: 'blob', content: 'on: push' },
      ],
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('x-accepted-github-permissions')).toContain('workflows=write');
  });
});

describe('a commit', () => {
  it('of the App without an author is signed and says so', async () => {
    const tree = (await running.call(`GET ${GIT}/commits/${head}`, { token })).str('tree.sha');
    const made = await post('commits', { message: 'No author', tree, parents: [head] });
    expect(made).toMatchObject({
      status: 201,
      body: {
        author: {
          name: 'cody[bot]',
          email: `${running.botUserId}+cody[bot]@users.noreply.127.0.0.1`,
        },
        committer: { name: 'GitHub', email: 'noreply@127.0.0.1' },
        verification: { verified: true, reason: 'valid', verified_at: '2026-11-22T12:00:00Z' },
      },
    });
    expect(made.str('verification.signature')).toContain('BEGIN PGP SIGNATURE');
    const payload = made.str('verification.payload');
    expect(payload).toMatch(/\n\nNo author$/);
    const read = await running.call(`GET ${GIT}/commits/${made.str('sha')}`, { token });
    expect(read.body).toEqual(made.body);
  });

  it('with an author of its own is unsigned and has the name that git gives it', async () => {
    const tree = (await running.call(`GET ${GIT}/commits/${head}`, { token })).str('tree.sha');
    const author = {
      name: 'Someone',
      email: 'someone@example.test',
      date: '2026-01-02T03:04:05+02:00',
    };
    const made = await post('commits', { message: 'By hand\n', tree, parents: [head], author });
    const line = 'Someone <someone@example.test> 1767315845 +0200';
    const raw = `tree ${tree}\nparent ${head}\nauthor ${line}\ncommitter ${line}\n\nBy hand\n`;
    expect(made.body).toMatchObject({
      sha: sha1('commit', raw),
      verification: { verified: false, reason: 'unsigned' },
    });
  });

  it('is refused without its tree or its parent', async () => {
    const tree = (await running.call(`GET ${GIT}/commits/${head}`, { token })).str('tree.sha');
    expect((await post('commits', { message: 'm', tree: head })).status).toBe(422);
    expect((await post('commits', { message: 'm', tree, parents: [tree] })).status).toBe(422);
  });
});

describe('a ref', () => {
  it('is made once, moves forward only, and goes', async () => {
    const ref = 'refs/heads/cody/one';
    const made = await post('refs', { ref, sha: head });
    expect(made).toMatchObject({
      status: 201,
      body: { ref, object: { sha: head, type: 'commit' } },
    });
    const again = await post('refs', { ref, sha: head });
    expect(again).toMatchObject({ status: 422, body: { message: 'Reference already exists' } });
    const commit = await commitOnBranch(running, {
      token,
      repository: 'acme/web',
      branch: 'cody/one',
      files: { 'a.txt': 'a' },
    });
    const patch = (body: unknown) =>
      running.call(`PATCH ${GIT}/refs/heads/cody/one`, { token, body });
    const back = await patch({ sha: head });
    expect(back).toMatchObject({ status: 422, body: { message: 'Update is not a fast forward' } });
    expect((await patch({ sha: head, force: true })).status).toBe(200);
    expect((await patch({ sha: commit.str('sha') })).status).toBe(200);
    const matching = await running.call(`GET ${GIT}/matching-refs/heads/cody/`, { token });
    expect(matching.body).toMatchObject([{ ref }]);
    expect((await running.call(`DELETE ${GIT}/refs/heads/cody/one`, { token })).status).toBe(204);
    expect((await running.call(`GET ${GIT}/ref/heads/cody/one`, { token })).status).toBe(404);
    expect((await kinds(running)).filter((kind) => kind === 'push')).toHaveLength(5);
  });

  it.each([
    ['the name of a pull request', { ref: 'refs/pull/9/head', sha: '' }],
    ['a name outside refs', { ref: 'heads/x', sha: '' }],
    ['a name that git refuses', { ref: 'refs/heads/a..b', sha: '' }],
    ['an object that is not there', { ref: 'refs/heads/x', sha: '1'.repeat(40) }],
  ])('is refused with %s', async (_, body) => {
    expect((await post('refs', { ...body, sha: body.sha || head })).status).toBe(422);
  });

  it('of a protected branch is not rewritten and not deleted', async () => {
    const commit = await post('commits', {
      message: 'root',
      tree: (await running.call(`GET ${GIT}/commits/${head}`, { token })).str('tree.sha'),
    });
    const body = { sha: commit.str('sha'), force: true };
    expect((await running.call(`PATCH ${GIT}/refs/heads/main`, { token, body })).status).toBe(422);
    expect((await running.call(`DELETE ${GIT}/refs/heads/main`, { token })).status).toBe(422);
  });
});

describe('a repository that refuses', () => {
  it('is empty', async () => {
    const answer = await running.call('GET /repos/acme/bare/git/ref/heads/main', { token });
    expect(answer).toMatchObject({ status: 409, body: { message: 'Git Repository is empty.' } });
    const blob = await running.call('POST /repos/acme/bare/git/blobs', {
      token,
      body: { content: 'x' },
    });
    expect(blob.status).toBe(409);
  });

  it('is archived', async () => {
    const blob = await running.call('POST /repos/acme/old/git/blobs', {
      token,
      body: { content: 'x' },
    });
    expect(blob.status).toBe(403);
  });

  it('belongs to someone with more rights', async () => {
    const reader = running.person('reader');
    const body = { ref: 'refs/heads/reader', sha: head };
    expect((await running.call(`POST ${GIT}/refs`, { token: reader, body })).status).toBe(403);
    const weak = await running.token({ permissions: { contents: 'read' } });
    expect((await running.call(`POST ${GIT}/refs`, { token: weak, body })).status).toBe(403);
  });
});

it('leaves objects behind that git itself finds nothing wrong with', async () => {
  await commitOnBranch(running, {
    token,
    repository: 'acme/web',
    branch: 'checked',
    files: { 'src/deep/file.txt': 'x\n' },
  });
  const url = running.standin.gitUrl('acme', 'web').replace('//', `//x-access-token:${token}@`);
  const clone = ['-c', 'fetch.fsckObjects=true', 'clone', '-q', '--mirror', url, 'checked.git'];
  expect(await running.git(clone)).toMatchObject({ code: 0 });
  expect(await running.git(['-C', 'checked.git', 'fsck', '--strict'])).toMatchObject({ code: 0 });
  const shown = await running.git(['-C', 'checked.git', 'cat-file', 'commit', 'checked']);
  expect(shown.out).toMatch(/\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n /);
});
