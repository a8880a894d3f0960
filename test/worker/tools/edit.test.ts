import {
  chmodSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createBench } from './bench.ts';

/** Reads and edits a file; `change` is old_string, new_string and, when given, replace_all. */
async function edited(content: string, ...change: [string, string, boolean?]) {
  const [old_string, new_string, replace_all] = change;
  const bench = createBench({ 'a.txt': content });
  await bench.call('read', { file_path: 'a.txt' });
  const result = await bench.text('edit', {
    file_path: 'a.txt',
    old_string,
    new_string,
    replace_all,
  });
  return { result, content: readFileSync(join(bench.repo, 'a.txt'), 'utf8') };
}

test('replaces a single match literally and shows it with its surroundings', async () => {
  const { result, content } = await edited('a\nb\nc\nd\ne\nf\ng\n', 'f', "$& $1 $' $$");
  expect(content).toBe("a\nb\nc\nd\ne\n$& $1 $' $$\ng\n");
  expect(result).toBe(
    "Changed a.txt\n     2\tb\n     3\tc\n     4\td\n     5\te\n     6\t$& $1 $' $$\n     7\tg",
  );
});

test('keeps CRLF, byte order mark, missing final newline, tabs and mode', async () => {
  const bench = createBench({ 'run.sh': '\uFEFF#!/bin/sh\r\n\techo one\r\necho two' });
  chmodSync(join(bench.repo, 'run.sh'), 0o755);
  await bench.call('read', { file_path: 'run.sh' });
  const result = await bench.call('edit', {
    file_path: 'run.sh',
    old_string: '\techo one\necho',
    new_string: '\techo 1\n\techo 2\nprintf',
  });
  expect(result).toMatchObject({ is_error: false, mutated: true });
  const path = join(bench.repo, 'run.sh');
  expect(readFileSync(path, 'utf8')).toBe('\uFEFF#!/bin/sh\r\n\techo 1\r\n\techo 2\r\nprintf two');
  expect(statSync(path).mode & 0o777).toBe(0o755);
  expect(readdirSync(bench.repo)).toEqual(['run.sh']);
});

test('tells where many matches are, and replaces all on demand', async () => {
  const text = 'x = 1\ny = 2\nx = 1\n';
  const refused = await edited(text, 'x = 1', 'x = 3');
  expect(refused.content).toBe(text);
  expect(refused.result).toBe(
    'ERROR: old_string occurs 2 times in a.txt, at lines 1, 3. Add surrounding lines to make it unique, or set replace_all.',
  );
  const done = await edited(text, 'x = 1', 'x = 3', true);
  expect(done.content).toBe('x = 3\ny = 2\nx = 3\n');
  expect(done.result).toContain('(2 replacements');
});

test('shows the closest lines when nothing matches', async () => {
  const { result, content } = await edited(
    'function add(a, b) {\n  return a - b;\n}\n',
    'function sub(a, b) {',
    'x',
  );
  expect(result).toMatch(/^ERROR: old_string was not found in a.txt \(0 matches\)/);
  expect(result).toContain('     1\tfunction add(a, b) {');
  expect(content).toContain('a - b');
  const numbered = await edited('one\ntwo\n', '     1\tone\n     2\ttwo', 'x');
  expect(numbered.result).toContain('line numbers that read adds');
});

test('takes a single match that differs in spacing, quotes or indentation, and says so', async () => {
  const quotes = await edited('say(“hi”);  \nnext\n', 'say("hi");\nnext', 'say("ho");\nnext');
  expect(quotes.content).toBe('say("ho");\nnext\n');
  expect(quotes.result).toContain('matched only with');
  const indent = await edited(
    'class A {\n    run() {\n        go();\n    }\n}\n',
    'run() {\n    go();\n}',
    'run() {\n    if (x) {\n        go();\n    }\n}',
  );
  expect(indent.content).toBe(
    'class A {\n    run() {\n        if (x) {\n            go();\n        }\n    }\n}\n',
  );
  const mixed = await edited('a\r\nb\nc\n', 'a\nb\n', 'a\nB\n');
  expect(mixed.content).toBe('a\r\nB\r\nc\n');
  const gone = await edited('a\nb  \nc\nd\n', 'b\nc\n', '');
  expect(gone.content).toBe('a\nd\n');
  const twice = await edited('  a;\n\ta;\n', '    a;\n', 'b;');
  expect(twice.result).toMatch(/ERROR: old_string occurs 2 times .* but for spacing/);
});

test('refuses what changes nothing', async () => {
  expect((await edited('a\n', 'a', 'a')).result).toMatch(/ERROR: .*the same/);
  expect((await edited('a\n', '', 'a')).result).toMatch(/ERROR: old_string is empty/);
});

test('refuses a file that was not read or has changed since', async () => {
  const bench = createBench({ 'a.txt': 'one\n' });
  const edit = { file_path: 'a.txt', old_string: 'one', new_string: 'two' };
  expect(await bench.text('edit', edit)).toBe('ERROR: Read a.txt first, then change it.');
  await bench.call('read', { file_path: 'a.txt' });
  bench.put('a.txt', 'one \n');
  expect(await bench.text('edit', edit)).toMatch(/ERROR: a.txt has changed since it was read/);
  await bench.call('read', { file_path: 'a.txt' });
  utimesSync(join(bench.repo, 'a.txt'), 1, 1);
  expect(await bench.text('edit', edit)).toContain('Changed a.txt');
  expect(await bench.text('edit', { ...edit, old_string: 'two', new_string: 'three' })).toContain(
    'Changed a.txt',
  );
});

test('refuses other encodings, directories, missing files, links, logs and .git', async () => {
  const bench = createBench({ latin: Buffer.from([0xe9, 0x0a]), 'd/x': 'x', '.git/config': 'x' });
  writeFileSync(join(bench.logs, 'a.log'), 'x');
  symlinkSync('d', join(bench.repo, 'link'));
  symlinkSync('d/x', join(bench.repo, 'file-link'));
  await bench.call('read', { file_path: 'latin' });
  const edit = (file_path: string) =>
    bench.text('edit', { file_path, old_string: 'x', new_string: 'y' });
  expect(await edit('latin')).toMatch(/ERROR: .*not UTF-8/);
  expect(await edit('d')).toMatch(/ERROR: d is a directory/);
  expect(await edit('none')).toMatch(/ERROR: none does not exist/);
  expect(await edit('link/x')).toMatch(/ERROR: link is a symbolic link.*leads to: d\/x/);
  expect(await edit('file-link')).toMatch(/ERROR: file-link is a symbolic link.*d\/x/);
  expect(await edit('/workspace/logs/a.log')).toMatch(/ERROR: Logs cannot be changed/);
  expect(await edit('.git/config')).toMatch(/ERROR: Files of .git/);
  expect(await edit('../../etc/passwd')).toMatch(/ERROR: .*outside the workspace/);
});

test('notes a syntax error that the edit brought in, and makes the edit', async () => {
  const bench = createBench({
    'a.json': '{"a": 1}\n',
    'b.ts': 'const a = 1;\n',
    'c.yaml': 'a: 1\n',
  });
  const cases = [
    ['a.json', '1}', '1'],
    ['b.ts', '= 1', '= ('],
    ['c.yaml', 'a: 1', 'a: [1'],
  ];
  for (const [file_path, old_string, new_string] of cases) {
    await bench.call('read', { file_path });
    const result = await bench.text('edit', { file_path, old_string, new_string });
    expect(result).toMatch(/^Changed .*\[note: the file does not parse now: /s);
  }
});
