import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { commitOnBranch, kinds, type Running, startRunning } from './running-standin.ts';

let running: Running;
beforeAll(async () => {
  running = await startRunning();
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const url = (repository: string, token?: string) => {
  const plain = `${running.standin.serverUrl}/${repository}.git`;
  return token === undefined ? plain : plain.replace('//', `//x-access-token:${token}@`);
};
const change = async (clone: string, file: string, content: string) => {
  const target = path.join(running.dir, clone, file);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, content);
  await running.git(['add', '-A'], path.join(running.dir, clone));
  await running.git(['commit', '-q', '-m', 'change'], path.join(running.dir, clone));
};
const push = (clone: string, ...args: string[]) =>
  running.git(['push', '-q', ...args], path.join(running.dir, clone));

it('fetches one commit by its sha at depth one over protocol 2', async () => {
  const token = await running.token({ repositories: ['web'], permissions: { contents: 'read' } });
  const ref = await running.call('GET /repos/acme/web/git/ref/heads/main', { token });
  await running.git(['init', '-q', 'shallow']);
  const fetched = await running.git([
    '-C',
    'shallow',
    '-c',
    'protocol.version=2',
    'fetch',
    '-q',
    '--depth=1',
    '--no-tags',
    url('acme/web', token),
    ref.str('object.sha'),
  ]);
  expect(fetched).toMatchObject({ code: 0, err: '' });
  const shown = await running.git(['-C', 'shallow', 'ls-tree', '-r', 'FETCH_HEAD']);
  expect(shown.out).toMatch(/100755 blob [0-9a-f]{40}\tbin\/run.sh/);
});

it('lets anyone fetch what is public and asks for a credential for the rest', async () => {
  expect((await running.git(['ls-remote', url('acme/open')])).out).toContain('refs/heads/main');
  expect((await running.git(['ls-remote', url('acme/web')])).code).not.toBe(0);
  expect((await fetch(`${url('acme/web')}/info/refs?service=git-upload-pack`)).status).toBe(401);
  const outsider = url('acme/web', running.person('outsider'));
  expect((await running.git(['ls-remote', outsider])).err).toContain('not found');
  expect((await running.git(['ls-remote', url('acme/web', 'ghs_wrong')])).err).toContain(
    'Authentication failed',
  );
});

it('takes a push of those who may write, and the pull request follows', async () => {
  const token = await running.token();
  await commitOnBranch(running, {
    token,
    repository: 'acme/web',
    branch: 'pushed',
    files: { 'a.txt': 'a\n' },
  });
  const pull = await running.call('POST /repos/acme/web/pulls', {
    token,
    body: { title: 't', head: 'pushed', base: 'main' },
  });
  await running.git([
    'clone',
    '-q',
    '-b',
    'pushed',
    url('acme/web', running.person('writer')),
    'work',
  ]);
  await change('work', 'b.txt', 'b\n');
  expect(await push('work', 'origin', 'pushed')).toMatchObject({ code: 0 });
  const head = (await running.git(['-C', 'work', 'rev-parse', 'HEAD'])).out.trim();
  const read = await running.call(`GET /repos/acme/web/pulls/${pull.num('number')}`, { token });
  expect(read.body).toMatchObject({ head: { sha: head }, commits: 2 });
  const merged = await running.git([
    'ls-remote',
    url('acme/web', token),
    `refs/pull/${pull.num('number')}/head`,
  ]);
  expect(merged.out).toContain(head);
  const seen = await kinds(running);
  expect(seen.slice(-3).toSorted()).toEqual([
    'check_suite.requested',
    'pull_request.synchronize',
    'push',
  ]);
  expect(running.received.filter(({ event }) => event === 'push').at(-1)?.payload).toMatchObject({
    ref: 'refs/heads/pushed',
    after: head,
    sender: { login: 'writer' },
    head_commit: { message: 'change\n' },
  });
});

it('refuses a push without the permission, into an archive, and over a protected branch', async () => {
  const readOnly = await running.token({ permissions: { contents: 'read' } });
  const denied = await push('work', url('acme/web', readOnly), 'HEAD:refs/heads/denied');
  expect(denied.code).not.toBe(0);
  expect(
    (await push('work', url('acme/web', running.person('reader')), 'HEAD:refs/heads/denied')).code,
  ).not.toBe(0);
  expect(
    (await push('work', url('acme/old', running.person('requester')), 'HEAD:refs/heads/x')).code,
  ).not.toBe(0);
  const forced = await push(
    'work',
    '--force',
    url('acme/web', running.person('requester')),
    'HEAD~1:main',
    ':main',
  );
  expect(forced.code).not.toBe(0);
  const hidden = await push('work', 'origin', 'HEAD:refs/pull/99/head');
  expect(hidden.err).toContain('hidden ref');
  await running.git(['-C', 'work', 'checkout', '-q', '--orphan', 'fresh']);
  await change('work', 'c.txt', 'c\n');
  const rewritten = await push(
    'work',
    '--force',
    url('acme/web', running.person('requester')),
    'fresh:main',
  );
  expect(rewritten.err).toContain('GH006');
});

it('refuses workflows from an App without the permission, and takes them from a person', async () => {
  const token = await running.token();
  await running.git(['clone', '-q', url('acme/web', token), 'flows']);
  await change('flows', '.github/workflows/ci.yml', 'on: push\n');
  const refused = await push('flows', 'origin', 'HEAD:refs/heads/flows');
  expect(refused.err).toContain('refusing to allow a GitHub App to create or update workflow');
  expect(
    (await push('flows', url('acme/web', running.person('writer')), 'HEAD:refs/heads/flows')).code,
  ).toBe(0);
});

it('fills an empty repository with the first push', async () => {
  await running.git(['init', '-q', '-b', 'main', 'first']);
  await change('first', 'a.txt', 'a\n');
  expect((await push('first', url('acme/bare', running.person('requester')), 'main')).code).toBe(0);
  const token = await running.token();
  expect((await running.call('GET /repos/acme/bare/commits', { token })).body).toMatchObject([
    { commit: { message: 'change\n' } },
  ]);
});
