import { createHash } from 'node:crypto';
import { type Dirent, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ripgrep } from './ripgrep.ts';

const MAX_FILES = 50_000;
const LEFT_OUT = new Set(['.git', 'node_modules']);

/**
 * A hash over path, size, mode and change time of every file in a tree, and over the links beside them, ignored files
 * and node_modules left out: two equal stamps mean that a command changed nothing that could be committed. Undefined
 * when it cannot be told, for a tree that is too large or a call that was cancelled.
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
  for (const link of links(root, foldersOf(paths))) hash.update(`${link}\n`);
  return hash.digest('hex');
}

/** All folders above the files, the root included, in order. */
function foldersOf(paths: readonly string[]): string[] {
  const folders = new Set(['.']);
  for (const path of paths) {
    for (let folder = dirname(path); !folders.has(folder); folder = dirname(folder)) {
      folders.add(folder);
    }
  }
  return [...folders].toSorted();
}

/**
 * The links in these folders and one level below them, with their targets: ripgrep does not list links. A folder that
 * holds only links is found that way; one that is ignored costs a look.
 */
function links(root: string, folders: readonly string[]): string[] {
  const known = new Set(folders);
  return folders.flatMap((folder) =>
    entriesOf(root, folder).flatMap((entry) => {
      const path = folder === '.' ? `./${entry.name}` : `${folder}/${entry.name}`;
      if (!entry.isDirectory() || LEFT_OUT.has(entry.name) || known.has(path)) {
        return linkAt(root, path, entry);
      }
      return entriesOf(root, path).flatMap((below) => linkAt(root, `${path}/${below.name}`, below));
    }),
  );
}

function entriesOf(root: string, folder: string): Dirent[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch {
    // It went away in the meantime, or may not be read.
    return [];
  }
}

function linkAt(root: string, path: string, entry: Dirent): string[] {
  if (!entry.isSymbolicLink()) return [];
  try {
    return [`${path}\0${readlinkSync(join(root, path))}`];
  } catch {
    // It went away in the meantime.
    return [path];
  }
}
