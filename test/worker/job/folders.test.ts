import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { foldersOf, makeFolders, removeFolders } from '../../../worker/job/folders.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-folders-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe('removeFolders', () => {
  it('removes folders that a tool left read-only', async () => {
    const folders = foldersOf(dataDir, 'job-1');
    await makeFolders(folders);
    const cache = join(folders.scratch, 'cache', 'module');
    await mkdir(cache, { recursive: true });
    await writeFile(join(cache, 'file'), 'x', { mode: 0o400 });
    await chmod(cache, 0o500);
    await removeFolders(folders);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('has nothing to do for folders that were never made', async () => {
    await removeFolders(foldersOf(dataDir, 'job-2'));
    expect(await readdir(dataDir)).toEqual([]);
  });
});
