import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkFolder } from '../../local/work-folder.ts';

let folder: string;
let dataDir: string;
let temporary: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cody-work-folder-'));
  [dataDir, temporary] = [join(folder, 'data'), join(folder, 'temporary')];
  await mkdir(dataDir);
  await mkdir(temporary);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the folder of the attempts', () => {
  it.each(['bubblewrap', 'namespaces', 'process'] as const)(
    'is in the data directory where tools have its user (%s)',
    async (kind) => {
      const { path } = await openWorkFolder(dataDir, { kind, temporary });
      expect(path).toBe(join(dataDir, 'work'));
    },
  );

  it('is beside temporary files where a user of its own may not pass', async () => {
    // Above as well: the temporary folder of the tests may be closed itself.
    await chmod(folder, 0o700);
    const first = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    expect(dirname(first.path)).toBe(temporary);
    expect((await stat(first.path)).mode & 0o777).toBe(0o700);
    await writeFile(join(first.path, 'left'), 'x');
    const second = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    expect(second.path).toBe(first.path);
    expect(await readdir(second.path)).toEqual([]);
    await second.close();
    expect(await readdir(temporary)).toEqual([]);
  });

  it('follows no link that stands in its place', async () => {
    const { path, close } = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    await close();
    await writeFile(join(dataDir, 'kept'), 'x');
    await symlink(dataDir, path);
    const second = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    expect(await readdir(dataDir)).toEqual(['kept']);
    expect(await readdir(second.path)).toEqual([]);
    expect((await stat(second.path)).ino).not.toBe((await stat(dataDir)).ino);
  });

  it('leaves alone what others can write', async () => {
    const { path, close } = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    await close();
    await mkdir(path);
    await chmod(path, 0o777);
    await writeFile(join(path, 'theirs'), 'x');
    const second = await openWorkFolder(dataDir, { kind: 'uid', temporary });
    expect(second.path).not.toBe(path);
    expect(await readdir(path)).toEqual(['theirs']);
  });
});
