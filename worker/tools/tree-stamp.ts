import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { ripgrep } from './ripgrep.ts';

const MAX_FILES = 50_000;

/**
 * A hash over path, size, mode and change time of every file in a tree, ignored ones and node_modules left out: two
 * equal stamps mean that a command changed no file that could be committed. Links are not looked at. Undefined when
 * it cannot be told, for a tree that is too large or a call that was cancelled.
 */
export async function treeStamp(root: string, signal: AbortSignal): Promise<string | undefined> {
  const args = ['--files', '--null', '--glob=!.git', '--glob=!node_modules', './'];
  const listed = await ripgrep(root, args, signal).catch(() => undefined);
  if (!listed || listed.cut) return undefined;
  const paths = listed.stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
  if (paths.length > MAX_FILES) return undefined;
  const hash = createHash('sha256');
  for (const path of paths.toSorted()) {
    const stat = lstatSync(join(root, path), { throwIfNoEntry: false, bigint: true });
    hash.update(`${path}\0${stat?.size}\0${stat?.mode}\0${stat?.mtimeNs}\0${stat?.ctimeNs}\n`);
  }
  return hash.digest('hex');
}
