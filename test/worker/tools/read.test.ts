import { ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { createBench } from './bench.ts';
import { greyPng } from '../../support/png.ts';

test('numbers lines and reads on from an offset', async () => {
  const bench = createBench({ 'a.txt': 'one\ntwo\nthree\n' });
  expect(await bench.text('read', { file_path: 'a.txt' })).toBe(
    '     1\tone\n     2\ttwo\n     3\tthree',
  );
  expect(
    await bench.text('read', { file_path: '/workspace/repo/a.txt', offset: 2, limit: 1 }),
  ).toBe('     2\ttwo\n[lines 2–2 of 3; continue with offset=3]');
  expect(await bench.text('read', { file_path: 'a.txt', offset: 2 })).toBe(
    '     2\ttwo\n     3\tthree\n[lines 2–3 of 3; end of file]',
  );
});

test('says when a file is empty or the offset is past its end', async () => {
  const bench = createBench({ empty: '', 'a.txt': 'one\n' });
  expect(await bench.text('read', { file_path: 'empty' })).toBe('[empty is empty]');
  expect(await bench.text('read', { file_path: 'a.txt', offset: 9 })).toBe(
    '[a.txt has 1 lines; offset 9 is past its end]',
  );
});

test('names CRLF, a missing final newline, cut lines and other encodings', async () => {
  const bench = createBench({
    'crlf.txt': '\uFEFFone\r\ntwo',
    'long.txt': `${'é'.repeat(5000)}\nnext\n`,
    'latin.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  });
  expect(await bench.text('read', { file_path: 'crlf.txt' })).toBe(
    '     1\tone\n     2\ttwo\n[line ends are CRLF]\n[no newline at the end of the file]',
  );
  const long = await bench.text('read', { file_path: 'long.txt' });
  expect(long).toContain(`${'é'.repeat(2000)}… [line cut]\n     2\tnext`);
  expect(await bench.text('read', { file_path: 'latin.txt' })).toContain('café\n[not UTF-8');
});

test('stops at 50 KB and 2000 lines, and paging reaches every line once', async () => {
  const lines = Array.from(
    { length: 5000 },
    (_, index) => `line ${index} ${'x'.repeat(index % 90)}`,
  );
  const bench = createBench({ 'big.txt': `${lines.join('\n')}\n` });
  const seen: string[] = [];
  let offset: number | undefined = 1;
  while (offset !== undefined) {
    const page: string = await bench.text('read', { file_path: 'big.txt', offset });
    expect(page.length).toBeLessThan(55_000);
    seen.push(
      ...page
        .split('\n')
        .filter((line) => !line.startsWith('['))
        .map((line) => line.slice(7)),
    );
    const next = /continue with offset=(\d+)/.exec(page)?.[1];
    offset = next === undefined ? undefined : Number(next);
  }
  expect(seen).toEqual(lines);
});

test('pages through a sparse file of 100 MB without taking it in', async () => {
  const bench = createBench();
  const file = openSync(join(bench.repo, 'huge.log'), 'w');
  writeSync(file, 'first\nsecond\n'.padEnd(9000, 'x\n'));
  ftruncateSync(file, 100 * 1024 * 1024);
  const before = process.memoryUsage().rss;
  expect(await bench.text('read', { file_path: 'huge.log', limit: 1 })).toBe(
    '     1\tfirst\n[lines 1–1 of a file of 104857600 bytes; continue with offset=2]',
  );
  expect(process.memoryUsage().rss - before).toBeLessThan(50 * 1024 * 1024);
});

test('shows an image as an image block, whatever its name', async () => {
  const png = greyPng(1, 1);
  const bench = createBench({ 'logo.txt': png });
  const result = await bench.call('read', { file_path: 'logo.txt' });
  expect(result.content[1]).toEqual({
    type: 'image',
    media_type: 'image/png',
    data: png.toString('base64'),
  });
});

test('shows no image that the model API would refuse', async () => {
  const png = greyPng(1, 1);
  const bench = createBench({
    'cut.png': png.subarray(0, -4),
    'damaged.png': Buffer.from(png).fill(9, 40, 44),
    'cut.jpg': Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'),
    'wide.png': greyPng(8001, 1),
    'notes.md': '# About WEBP\n',
    'gif.md': 'GIF89a is a format\n',
  });
  for (const name of ['cut.png', 'damaged.png', 'cut.jpg']) {
    expect(await bench.text('read', { file_path: name })).toMatch(/ERROR: .*binary file/);
  }
  expect(await bench.text('read', { file_path: 'wide.png' })).toMatch(/8001×1 pixels.*smaller/);
  expect(await bench.text('read', { file_path: 'notes.md' })).toBe('     1\t# About WEBP');
  expect(await bench.text('read', { file_path: 'gif.md' })).toBe('     1\tGIF89a is a format');
});

test('refuses a large image, binary and UTF-16 content, and says what to do', async () => {
  const bench = createBench({
    'big.png': Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(4_000_000)]),
    'a.bin': Buffer.from([1, 0, 2]),
    'utf16.txt': Buffer.from('\uFEFFhello', 'utf16le'),
  });
  expect(await bench.text('read', { file_path: 'big.png' })).toMatch(/ERROR: .*smaller copy/);
  expect(await bench.text('read', { file_path: 'a.bin' })).toMatch(
    /ERROR: .*binary file \(3 bytes/,
  );
  expect(await bench.text('read', { file_path: 'utf16.txt' })).toMatch(/ERROR: .*iconv/);
});

test('lists a directory in order', async () => {
  const bench = createBench({ 'b.ts': '', 'a/x': '' });
  symlinkSync('b.ts', join(bench.repo, 'link'));
  mkdirSync(join(bench.repo, 'none'));
  expect(await bench.text('read', { file_path: '.' })).toBe(
    '. (directory, 4 entries)\na/\nb.ts\nlink -> b.ts\nnone/',
  );
  expect(await bench.text('read', { file_path: 'none' })).toBe('[none is an empty directory]');
});

test('suggests the nearest names for a path that does not exist', async () => {
  const bench = createBench({ 'src/server.ts': '', 'src/client.ts': '' });
  expect(await bench.text('read', { file_path: 'src/sever.ts' })).toBe(
    'ERROR: src/sever.ts does not exist. Did you mean: src/server.ts?',
  );
  expect(await bench.text('read', { file_path: 'scr/server.ts' })).toContain('Did you mean: src?');
  expect(await bench.text('read', { file_path: 'src/unrelated-name' })).toContain('Read src for');
  expect(await bench.text('read', { file_path: 'src/server.ts/x' })).toMatch(
    /ERROR: src\/server.ts is a file, not a directory/,
  );
});

test('follows links inside the root only', async () => {
  const bench = createBench({ 'real/a.txt': 'inside\n' });
  writeFileSync(join(bench.folder, 'outside'), 'secret');
  symlinkSync('real', join(bench.repo, 'folder'));
  symlinkSync('/workspace/repo/real/a.txt', join(bench.repo, 'absolute'));
  symlinkSync('../../repo/real/a.txt', join(bench.repo, 'real', 'detour'));
  symlinkSync('../outside', join(bench.repo, 'out'));
  symlinkSync(join(bench.folder, 'outside'), join(bench.repo, 'out-absolute'));
  symlinkSync('/proc/self/environ', join(bench.repo, 'environ'));
  symlinkSync('loop', join(bench.repo, 'loop'));
  expect(await bench.text('read', { file_path: 'folder/a.txt' })).toContain('inside');
  expect(await bench.text('read', { file_path: 'absolute' })).toContain('inside');
  for (const path of ['out', 'out-absolute', 'environ', 'real/detour']) {
    expect(await bench.text('read', { file_path: path })).toMatch(/ERROR: .*leads outside/);
  }
  expect(await bench.text('read', { file_path: 'loop' })).toMatch(/ERROR: .*circle/);
});

test('refuses FIFOs and devices at once', async () => {
  const bench = createBench();
  const env = { PATH: '/usr/bin:/bin' };
  await runProcess({ command: 'mkfifo', args: [join(bench.repo, 'pipe')], env });
  expect(await bench.text('read', { file_path: 'pipe' })).toMatch(/ERROR: .*not a regular file/);
  expect(await bench.text('grep', { pattern: 'x', path: 'pipe' })).toMatch(
    /ERROR: .*not a regular/,
  );
  expect(await bench.text('write', { file_path: 'pipe', content: 'x' })).toMatch(
    /ERROR: .*not a reg/,
  );
});

test('answers bad input and unknown tools with the problem in one line', async () => {
  const bench = createBench();
  expect(await bench.text('read', { path: 'x' })).toMatch(
    /^ERROR: Invalid input for read: file_path: .*Unrecognized key: "path"/,
  );
  expect(await bench.text('read', null)).toMatch(/^ERROR: Invalid input for read: /);
  expect(await bench.text('shell', {})).toMatch(
    /^ERROR: There is no tool named shell. Tools: bash/,
  );
});
