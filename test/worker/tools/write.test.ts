import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBench } from './bench.ts';

test('creates a file with its parents', async () => {
  const bench = createBench();
  const result = await bench.call('write', { file_path: 'a/b/c.txt', content: 'é\n' });
  expect(result).toMatchObject({ is_error: false, mutated: true });
  expect(readFileSync(join(bench.repo, 'a/b/c.txt'), 'utf8')).toBe('é\n');
  expect(statSync(join(bench.repo, 'a/b/c.txt')).mode & 0o777).toBe(0o644);
  expect(readdirSync(join(bench.repo, 'a/b'))).toEqual(['c.txt']);
});

test('replaces a file that was read, keeping mode, CRLF and byte order mark', async () => {
  const bench = createBench({ 'a.cmd': '\uFEFFone\r\ntwo\r\n' });
  const path = join(bench.repo, 'a.cmd');
  chmodSync(path, 0o755);
  expect(await bench.text('write', { file_path: 'a.cmd', content: 'x' })).toMatch(
    /ERROR: Read a.cmd first/,
  );
  await bench.call('read', { file_path: 'a.cmd' });
  await bench.call('write', { file_path: 'a.cmd', content: 'three\nfour\n' });
  expect(readFileSync(path, 'utf8')).toBe('\uFEFFthree\r\nfour\r\n');
  expect(statSync(path).mode & 0o777).toBe(0o755);
});

test('counts the same content as no change', async () => {
  const bench = createBench({ a: 'x\n' });
  await bench.call('read', { file_path: 'a' });
  const result = await bench.call('write', { file_path: 'a', content: 'x\n' });
  expect(result).toMatchObject({ is_error: false, mutated: false });
});

test('writes to the scratch folder without counting it as a change of the tree', async () => {
  const bench = createBench();
  const result = await bench.call('write', { file_path: '/workspace/scratch/a', content: 'x' });
  expect(result).toMatchObject({ is_error: false, mutated: false });
  expect(readFileSync(join(bench.scratch, 'a'), 'utf8')).toBe('x');
});

test('never writes through a link, dangling ones included', async () => {
  const bench = createBench();
  mkdirSync(join(bench.folder, 'outside'));
  symlinkSync('../outside', join(bench.repo, 'folder'));
  symlinkSync('../outside/new', join(bench.repo, 'dangling'));
  for (const file_path of ['folder/x', 'folder/deep/x', 'dangling']) {
    const result = await bench.text('write', { file_path, content: 'x' });
    expect(result).toMatch(/ERROR: .*symbolic link/);
  }
  expect(readdirSync(join(bench.folder, 'outside'))).toEqual([]);
});

test.each(['.git/hooks/post-commit', 'sub/.GIT/config', '.git', '.', '/workspace/logs/x', '../x'])(
  'refuses to write %s',
  async (file_path) => {
    const bench = createBench({ 'sub/x': '' });
    expect(await bench.text('write', { file_path, content: 'x' })).toMatch(/^ERROR: /);
    expect(existsSync(join(bench.folder, 'x'))).toBe(false);
  },
);

test('says when a parent is a file', async () => {
  const bench = createBench({ a: 'x' });
  expect(await bench.text('write', { file_path: 'a/b', content: 'x' })).toMatch(
    /a is a file, not a/,
  );
});

test('does not wait for the check of a large YAML file', async () => {
  const bench = createBench();
  const content = Array.from({ length: 20_000 }, (_, index) => `key-${index}: [1, 2`).join('\n');
  expect(await bench.text('write', { file_path: 'a.yaml', content })).toBe(
    `Created a.yaml (${content.length} bytes)`,
  );
});
