import { copyFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Copies the index of the checkout, its time included. git takes a file for unchanged when size and time are those in
 * the index, unless the index is as old as the file; it compares whole seconds. A younger copy would hide a change of
 * the same size made within the second of the checkout.
 * Source: git, Documentation/technical/racy-git.
 */
export async function copyIndex(gitDir: string, indexFile: string): Promise<void> {
  const index = join(gitDir, 'index');
  const { atime, mtimeMs } = await stat(index);
  await copyFile(index, indexFile);
  await utimes(indexFile, atime, Math.floor(mtimeMs / 1000));
}
