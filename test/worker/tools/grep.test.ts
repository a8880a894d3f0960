import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseMatches } from '../../../worker/tools/grep-matches.ts';
import { createBench } from './bench.ts';

const files = {
  'b.ts': 'const one = 1;\nconst two = 2;\n',
  'a/x.ts': 'let one;\n\nlet Three;\n',
  '.hidden': 'one\n',
  '.gitignore': 'dist\n',
  'dist/out.ts': 'one\n',
  '.git/config': 'one\n',
};

test('lists files in path order, hidden ones too, without ignored ones and .git', async () => {
  const bench = createBench(files);
  expect(await bench.text('grep', { pattern: 'one' })).toBe('.hidden\na/x.ts\nb.ts');
  expect(await bench.text('grep', { pattern: 'one', path: 'dist/out.ts' })).toBe('dist/out.ts');
  expect(await bench.text('grep', { pattern: 'one', glob: '*.ts' })).toBe('a/x.ts\nb.ts');
  expect(await bench.text('grep', { pattern: 'absent' })).toBe('No matches found.');
});

test('shows matching lines by file, with context and case as asked', async () => {
  const bench = createBench(files);
  expect(await bench.text('grep', { pattern: 'one', type: 'ts', output_mode: 'content' })).toBe(
    'a/x.ts\n     1: let one;\n\nb.ts\n     1: const one = 1;',
  );
  const around = { pattern: 'three', ignore_case: true, context: 1, output_mode: 'content' };
  expect(await bench.text('grep', around)).toBe('a/x.ts\n     2- \n     3: let Three;');
  expect(await bench.text('grep', { pattern: 'const', output_mode: 'count' })).toBe('b.ts: 2');
});

test('finds matches over several lines', async () => {
  const bench = createBench(files);
  const input = { pattern: 'one = 1;.const', multiline: true, output_mode: 'content' };
  expect(await bench.text('grep', input)).toBe(
    'b.ts\n     1: const one = 1;\n     2: const two = 2;',
  );
});

test('pages through results', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [`f${String(index).padStart(2, '0')}`, 'hit\nhit\n']),
  );
  const bench = createBench(many);
  const page = { pattern: 'hit', head_limit: 3, offset: 3 };
  expect(await bench.text('grep', page)).toBe(
    'f03\nf04\nf05\n[files 4–6 of 30; continue with offset=6]',
  );
  expect(await bench.text('grep', { ...page, output_mode: 'content' })).toBe(
    'f01\n     2: hit\n\nf02\n     1: hit\n     2: hit\n[matches 4–6 of 60; continue with offset=6]',
  );
  expect(await bench.text('grep', { ...page, offset: 99 })).toContain('past the last of 30');
});

test('shows a long line around its match', async () => {
  const bench = createBench({ 'min.js': `${'a'.repeat(5000)}needle${'b'.repeat(5000)}\n` });
  const text = await bench.text('grep', { pattern: 'needle', output_mode: 'content' });
  expect(text).toMatch(/1: …a{100}needleb{194}…$/);
});

test('passes on what is wrong with a pattern or a type', async () => {
  const bench = createBench(files);
  expect(await bench.text('grep', { pattern: '(' })).toMatch(/ERROR: .*unclosed group/s);
  expect(await bench.text('grep', { pattern: 'x', type: 'nope' })).toMatch(/ERROR: .*nope/s);
  expect(await bench.text('grep', { pattern: '-e', output_mode: 'count' })).toBe(
    'No matches found.',
  );
});

test('ends quickly on a pattern that makes backtracking engines hang', async () => {
  const bench = createBench({ a: `${'a'.repeat(50_000)}\n` });
  expect(await bench.text('grep', { pattern: '^(a+)+$b' })).toBe('No matches found.');
});

test('searches logs and refuses places outside', async () => {
  const bench = createBench(files);
  writeFileSync(join(bench.logs, 'bash-1.log'), 'error: x\n');
  symlinkSync('/etc', join(bench.repo, 'etc'));
  const logs = { pattern: 'error', path: '/workspace/logs', output_mode: 'content' };
  expect(await bench.text('grep', logs)).toBe('/workspace/logs/bash-1.log\n     1: error: x');
  expect(await bench.text('grep', { pattern: 'root', path: '/etc' })).toMatch(/ERROR: .*outside/);
  expect(await bench.text('grep', { pattern: 'root', path: 'etc' })).toMatch(/ERROR: .*outside/);
  expect(await bench.text('grep', { pattern: 'root:' })).toBe('No matches found.');
});

test('leaves out a record that was cut, wherever that was', () => {
  const whole = `${recordAt(1)}\n${recordAt(2)}`;
  for (let end = whole.indexOf('\n') + 1; end < whole.length; end += 1) {
    const found = parseMatches(Buffer.from(whole.slice(0, end)), (path) => path);
    expect(found.map(({ number }) => number)).toEqual([1]);
  }
});

/** A line of `rg --json`. */
function recordAt(line: number): string {
  const data = {
    path: { text: 'a.ts' },
    lines: { text: '{}\n' },
    line_number: line,
    submatches: [{ start: 0 }],
  };
  return JSON.stringify({ type: 'match', data });
}
