import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startProcess } from '../../../core/process.ts';
import { changedPaths } from '../../../worker/workspace/changed-paths.ts';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { takeSnapshot } from '../../../worker/workspace/snapshot.ts';
import { checkedOut, createOrigin, temporaryFolder } from './repository.ts';

const names = Array.from({ length: 60 }, (_, at) => `file-${at}.txt`);

/** A checkout with a folder of files, and a folder elsewhere with files of the same names that are a secret. */
async function besideSecrets(rules = '') {
  const origin = await createOrigin();
  mkdirSync(join(origin.source, 'src'));
  for (const name of names) writeFileSync(join(origin.source, 'src', name), 'one\n');
  writeFileSync(join(origin.source, '.gitignore'), rules);
  const work = await checkedOut(origin, origin.commit());
  const outside = await temporaryFolder();
  for (const name of names) writeFileSync(join(outside, name), 'secret of the machine\n');
  return { ...work, outside, at: (name: string) => join(work.workTree, name) };
}

/** Does the work as a user who may not look at everything, and who has the folder: root becomes one meanwhile. */
async function asOrdinaryUser(folder: string, work: () => Promise<void>): Promise<void> {
  if (process.getuid?.() !== 0) return await work();
  spawnSync('chown', ['-R', '-h', '61236:61236', folder]);
  process.seteuid?.(61_236);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** A process that puts links in place of files and folders, and back, until the end of the test. */
function race(script: string, args: readonly string[]): void {
  const running = startProcess({
    command: process.execPath,
    args: [
      '-e',
      `const fs = require('fs'); const [a, b] = process.argv.slice(1); ${script}`,
      ...args,
    ],
    env: {},
  });
  onTestFinished(() => void running.kill('SIGKILL'));
}

const swapFolder = `for (;;) {
  fs.renameSync(a, a + '-kept'); fs.symlinkSync(b, a);
  fs.unlinkSync(a); fs.renameSync(a + '-kept', a);
}`;
const swapFile = `for (;;) {
  fs.symlinkSync(b, a + '-new'); fs.renameSync(a + '-new', a);
  fs.writeFileSync(a + '-new', 'two'); fs.renameSync(a + '-new', a);
}`;

describe('a tree that is written to meanwhile', () => {
  it('gives nothing of another folder that takes the place of one of its own', async () => {
    const work = await besideSecrets('*-kept\n');
    for (const name of names) writeFileSync(work.at(`src/${name}`), 'two\n');
    race(swapFolder, [work.at('src'), work.outside]);
    for (let time = 0; time < 5; time += 1) {
      const { diff } = await collectChanges(work);
      expect(diff.toString()).not.toContain('secret');
    }
    const paths = await changedPaths(work);
    expect(paths.every((path) => path.startsWith('src'))).toBe(true);
    expect((await takeSnapshot(work)).length).toBeGreaterThan(0);
  });

  it('gives nothing of another file that takes the place of one of its own', async () => {
    const work = await besideSecrets('*-new\n');
    race(swapFile, [work.at('src/file-0.txt'), join(work.outside, 'file-0.txt')]);
    for (let time = 0; time < 5; time += 1) {
      const { diff } = await collectChanges(work);
      expect(diff.toString()).not.toContain('secret');
    }
  });
});

describe('a tree that is no longer written to', () => {
  it('holds up nobody by a FIFO, wherever git or we would open a file', async () => {
    const work = await besideSecrets();
    for (const name of ['.gitignore', 'src/file-0.txt']) {
      rmSync(work.at(name));
      spawnSync('sh', ['-c', 'mkfifo "$0"', work.at(name)]);
    }
    mkdirSync(work.at('new'));
    for (const name of ['new/.gitignore', 'new/.git', 'pipe'])
      spawnSync('sh', ['-c', 'mkfifo "$0"', work.at(name)]);
    writeFileSync(work.at('new/file'), 'x');
    const { changes } = await collectChanges(work);
    expect(changes.map(({ path, status }) => [path, status])).toEqual([
      ['.gitignore', 'deleted'],
      ['new/file', 'added'],
      ['src/file-0.txt', 'deleted'],
    ]);
  });

  it('heeds no ignore file that is a link', async () => {
    const work = await besideSecrets();
    writeFileSync(join(work.outside, 'rules'), '*\n');
    mkdirSync(work.at('new'));
    symlinkSync(join(work.outside, 'rules'), work.at('new/.gitignore'));
    writeFileSync(work.at('new/file'), 'x');
    const { changes } = await collectChanges(work);
    expect(changes.map(({ path }) => path)).toEqual(['new/.gitignore', 'new/file']);
  });

  it('does not give a file of somebody else that has a second name in it', async () => {
    const work = await besideSecrets();
    linkSync(join(work.outside, 'file-1.txt'), work.at('second'));
    if (process.getuid?.() === 0) chownSync(join(work.outside, 'file-1.txt'), 40_000, 40_000);
    const { diff } = await collectChanges(work);
    // Its own user could have read it, and copied it, as well.
    expect(diff.includes('secret')).toBe(process.getuid?.() !== 0);
  });

  it('is read by the rules of its ignore files, as git understands them', async () => {
    const work = await besideSecrets('*.log\nbuild/\n/dist/*\n!/dist/keep\n');
    const put = (name: string, text = 'x') => {
      mkdirSync(join(work.at(name), '..'), { recursive: true });
      writeFileSync(work.at(name), text);
    };
    for (const name of ['a.log', 'build/x', 'dist/x', 'dist/keep', 'deep/er/build/x', ':(top)x'])
      put(name);
    put('deep/.gitignore', '*\n!er/\n!er/kept\n');
    for (const name of ['deep/er/kept', 'deep/er/other', 'link-build']) put(name);
    symlinkSync('deep', work.at('build-link'));
    rmSync(work.at('build'), { recursive: true });
    symlinkSync('deep', work.at('build'));
    const { changes } = await collectChanges(work);
    expect(changes.map(({ path }) => path)).toEqual([
      ':(top)x',
      'build',
      'build-link',
      'deep/er/kept',
      'dist/keep',
      'link-build',
    ]);
  });

  it('keeps what is tracked and may not be read as it was, and tells so', async () => {
    const work = await besideSecrets();
    await asOrdinaryUser(join(work.workTree, '..'), async () => {
      writeFileSync(work.at('new'), 'x');
      const closed = { src: ['src'], 'src/file-1.txt': ['src/file-1.txt'], new: ['new'] };
      for (const [path, skipped] of Object.entries(closed)) {
        chmodSync(work.at(path), 0);
        const found = await collectChanges(work);
        chmodSync(work.at(path), 0o700);
        const kept = path === 'new' ? [] : ['new'];
        expect(found.changes.map((change) => change.path)).toEqual(kept);
        expect(found.skipped).toEqual(skipped);
        chmodSync(work.at(path), path === 'src' ? 0o755 : 0o644);
      }
      // Its names can be listed, and nothing can be asked of them.
      chmodSync(work.at('src'), 0o400);
      expect((await collectChanges(work)).changes).toHaveLength(1);
      chmodSync(work.at('src'), 0o755);
      chmodSync(work.workTree, 0);
      expect(await collectChanges(work)).toMatchObject({ changes: [], skipped: ['.'] });
      chmodSync(work.workTree, 0o755);
    });
  });

  it('ends with too_large when the path of a new file is too long for the system', async () => {
    const work = await besideSecrets('ignored\n');
    const inside = 'd'.repeat(200);
    const script = `for (let n = 0; n < 25; n += 1) { fs.mkdirSync(b); process.chdir(b); }`;
    const deepen = (folder: string) =>
      spawnSync(process.execPath, [
        '-e',
        `const fs = require('fs'); const [a, b] = process.argv.slice(1); process.chdir(a); ${script}`,
        folder,
        inside,
      ]);
    mkdirSync(work.at('ignored'));
    deepen(work.at('ignored'));
    expect((await collectChanges(work)).changes).toEqual([]);
    deepen(work.workTree);
    await expect(collectChanges(work)).rejects.toMatchObject({ code: 'too_large' });
    // Node removes by paths, and this one has none.
    spawnSync('rm', ['-rf', work.workTree]);
  });

  it('ends with too_large when new folders stand in more than a hundred folders', async () => {
    const work = await besideSecrets('ignored\n');
    mkdirSync(work.at(`ignored/${'d/'.repeat(150)}`), { recursive: true });
    expect((await collectChanges(work)).changes).toEqual([]);
    mkdirSync(work.at('d/'.repeat(150)), { recursive: true });
    await expect(collectChanges(work)).rejects.toMatchObject({ code: 'too_large' });
  });
});
