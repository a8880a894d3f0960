import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

import type { Git } from './git.ts';

/** A change to a tree: an object at a path, or null to remove what is there. */
export type TreeChange = Readonly<{ path: string; mode: string; sha: string | null }>;

export type TreeEntry = Readonly<{
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  size: number | null;
  path: string;
}>;

/** Lists a tree; with `recursive` also what lies in its folders. Paths are relative to the tree. */
export async function listTree(
  git: Git,
  dir: string,
  options: Readonly<{ tree: string; recursive: boolean }>,
): Promise<TreeEntry[]> {
  const flags = options.recursive ? ['-r', '-t'] : [];
  const { stdout } = await git.run(dir, ['ls-tree', '-z', '--long', ...flags, options.tree]);
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map(parseEntry);
}

/**
 * Writes the tree that `changes` make of `base` (null: of nothing) through an index of its own, and returns its
 * SHA-1. Throws GitFailure for a path that git refuses.
 */
export async function writeTree(
  git: Git,
  dir: string,
  options: Readonly<{ base: string | null; changes: readonly TreeChange[] }>,
): Promise<string> {
  const folder = await mkdtemp(path.join(dir, 'index-'));
  const env = { GIT_INDEX_FILE: path.join(folder, 'index') };
  try {
    // Without a file the index is empty.
    if (options.base !== null) await git.run(dir, ['read-tree', options.base], { env });
    const folders = options.changes.filter((change) => change.mode === '040000');
    const files = options.changes.filter((change) => change.mode !== '040000');
    for (const change of folders) await replaceFolder(git, dir, { change, env });
    const info = files.map(indexLine).join('');
    if (info) {
      await git.run(dir, ['update-index', '-z', '--replace', '--index-info'], { input: info, env });
    }
    return await git.text(dir, ['write-tree'], { env });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function replaceFolder(
  git: Git,
  dir: string,
  options: Readonly<{ change: TreeChange; env: Record<string, string> }>,
): Promise<void> {
  const { change, env } = options;
  const listed = await git.text(dir, ['ls-files', '-z'], { env });
  const inside = listed
    .split('\0')
    .filter((file) => file === change.path || file.startsWith(`${change.path}/`));
  const added =
    change.sha === null ? [] : await listTree(git, dir, { tree: change.sha, recursive: true });
  const input = [
    ...inside.map((path) => ({ path, mode: '0', sha: null })),
    ...added
      .filter((entry) => entry.type !== 'tree')
      .map((entry) => ({ ...entry, path: `${change.path}/${entry.path}` })),
  ]
    .map(indexLine)
    .join('');
  if (input) {
    await git.run(dir, ['update-index', '-z', '--replace', '--index-info'], { input, env });
  }
}

function indexLine(change: TreeChange): string {
  return change.sha === null
    ? `0 ${'0'.repeat(40)}\t${change.path}\0`
    : `${change.mode} ${change.sha}\t${change.path}\0`;
}

function parseEntry(line: string): TreeEntry {
  const tab = line.indexOf('\t');
  const [mode = '', type = '', sha = '', size = '-'] = line.slice(0, tab).split(/ +/);
  return {
    mode,
    type: type === 'tree' || type === 'commit' ? type : 'blob',
    sha,
    size: size === '-' ? null : Number(size),
    path: line.slice(tab + 1),
  };
}
