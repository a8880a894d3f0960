import { afterAll, beforeAll, expect, it } from 'vitest';

import { commitOnBranch, type Running, startRunning } from './running-standin.ts';

let running: Running;
let token: string;
let sha: string;
beforeAll(async () => {
  running = await startRunning();
  token = await running.token({ permissions: { contents: 'write' } });
  const files = { 'src/sum.js': 'export const sum = (a, b) => a + b;\n', 'über/ä b.txt': 'x\n' };
  sha = (
    await commitOnBranch(running, { token, repository: 'acme/web', branch: 'fix', files })
  ).str('sha');
});
afterAll(async () => {
  expect(running.standin.violations()).toEqual([]);
  await running.close();
});

const get = (where: string, accept?: string) =>
  running.call(`GET /repos/acme/web/${where}`, { token, ...(accept && { headers: { accept } }) });

it('shows a commit by branch and by sha, with its files', async () => {
  const byBranch = await get('commits/fix');
  expect(byBranch.body).toMatchObject({ sha, stats: { total: 3, additions: 2, deletions: 1 } });
  expect((await get(`commits/${sha}`)).body).toEqual(byBranch.body);
  expect((await get('commits/fix', 'application/vnd.github.sha')).text).toBe(sha);
  expect((await get('commits/absent')).status).toBe(422);
  expect((await get('commits?sha=fix')).body).toMatchObject([{ sha }, {}]);
});

it('compares two ends in every direction and as text', async () => {
  expect((await get('compare/main...fix')).body).toMatchObject({
    status: 'ahead',
    ahead_by: 1,
    behind_by: 0,
    total_commits: 1,
    files: [{ filename: 'src/sum.js' }, { filename: 'über/ä b.txt' }],
  });
  expect((await get('compare/fix...main')).body).toMatchObject({ status: 'behind', behind_by: 1 });
  expect((await get('compare/fix...fix')).body).toMatchObject({ status: 'identical', files: [] });
  const diff = await get('compare/main...fix', 'application/vnd.github.diff');
  expect(diff.text).toMatch(/^diff --git a\/src\/sum.js/);
  expect(diff.headers.get('content-type')).toContain('application/vnd.github.diff');
  expect((await get('compare/main...absent')).status).toBe(404);
});

it('reads a file, its raw bytes, and a folder', async () => {
  const file = await get('contents/src/sum.js?ref=fix');
  expect(file.body).toMatchObject({ type: 'file', path: 'src/sum.js', encoding: 'base64' });
  expect(Buffer.from(file.str('content'), 'base64').toString()).toContain('a + b');
  const raw = await get('contents/src/sum.js', 'application/vnd.github.raw+json');
  expect(raw.text).toContain('a - b');
  expect((await get('contents/src')).body).toMatchObject([{ name: 'sum.js', type: 'file' }]);
  expect((await get(`contents/${encodeURI('über/ä b.txt')}?ref=fix`)).body).toMatchObject({
    name: 'ä b.txt',
  });
  expect((await get('contents/.github/cody.yml')).status).toBe(404);
  expect((await running.call('GET /repos/acme/bare/contents/a', { token })).status).toBe(404);
});

it('lists branches and shows one', async () => {
  expect((await get('branches')).body).toMatchObject([
    { name: 'fix', protected: false },
    { name: 'main', protected: true },
  ]);
  expect((await get('branches/fix')).body).toMatchObject({ name: 'fix', commit: { sha } });
  expect(await get('branches/absent')).toMatchObject({
    status: 404,
    body: { message: 'Branch not found' },
  });
});
