import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBench } from './bench.ts';

const files = {
  'src/b.ts': '',
  'src/deep/a.ts': '',
  'a.ts': '',
  'a.md': '',
  '.github/cody.yml': '',
  '.gitignore': 'dist\n',
  'dist/x.ts': '',
  '.git/x.ts': '',
};

test('finds files in path order, without ignored ones and .git', async () => {
  const bench = createBench(files);
  expect(await bench.text('glob', { pattern: '*.ts' })).toBe('a.ts\nsrc/b.ts\nsrc/deep/a.ts');
  expect(await bench.text('glob', { pattern: 'src/*.ts' })).toBe('src/b.ts');
  expect(await bench.text('glob', { pattern: './src/**/*.ts' })).toBe('src/b.ts\nsrc/deep/a.ts');
  expect(await bench.text('glob', { pattern: '/workspace/repo/*.{md,ts}' })).toBe('a.md\na.ts');
  expect(await bench.text('glob', { pattern: '/workspace/repo/src/*', path: 'src' })).toBe(
    'src/b.ts',
  );
  writeFileSync(join(bench.logs, 'a.log'), '');
  expect(await bench.text('glob', { pattern: '/workspace/logs/*' })).toBe('/workspace/logs/a.log');
  expect(await bench.text('glob', { pattern: '*.yml' })).toBe('.github/cody.yml');
  expect(await bench.text('glob', { pattern: '*.ts', path: 'src/deep' })).toBe('src/deep/a.ts');
});

test('says how many there are when it shows fewer', async () => {
  const bench = createBench(files);
  expect(await bench.text('glob', { pattern: '*.ts', limit: 2 })).toBe(
    'a.ts\nsrc/b.ts\n[2 of 3 files; raise limit or narrow the pattern]',
  );
  expect(await bench.text('glob', { pattern: '*.py' })).toMatch(/^No files found/);
});

test('orders by time when asked', async () => {
  const bench = createBench(files);
  utimesSync(join(bench.repo, 'src/b.ts'), 2_000_000_000, 2_000_000_000);
  const text = await bench.text('glob', { pattern: '*.ts', sort: 'modified' });
  expect(text.split('\n')[0]).toBe('src/b.ts');
});

test('refuses a negated pattern and a file as path', async () => {
  const bench = createBench(files);
  expect(await bench.text('glob', { pattern: '!*.ts' })).toMatch(/^ERROR: /);
  expect(await bench.text('glob', { pattern: '*', path: 'a.ts' })).toMatch(/ERROR: a.ts is a file/);
  expect(await bench.text('glob', { pattern: '{a' })).toMatch(/ERROR: .*glob/s);
});
