import { randomUUID } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBaseIndex } from './base-index.ts';
import { git, type GitPlace } from './git.ts';
import { type Changed, createReader } from './read-changed.ts';
import { walkTree } from './walk-tree.ts';

/** Where the work tree stands and which commit it was checked out from. */
export type WorkTree = Readonly<{ gitDir: string; workTree: string; baseSha: string }>;

/**
 * A work tree as a git tree. `skipped`: folders left out because they are git repositories of their own, and files and
 * folders that may not be read, which are what they were in the base commit.
 */
export type WrittenTree = Readonly<{ tree: string; skipped: readonly string[] }>;

// People read them: more than these tell nobody more.
const MAX_REFUSED = 50;

/**
 * Writes the work tree into the trusted git directory and returns the tree's sha. Untracked files are included
 * unless an ignore file of the work tree names them; links are stored as links and never followed; sockets and
 * devices are left out. Nothing in the tree is started, and git opens no path of it: others may write to it meanwhile.
 * Throws `UserError` `too_large` when the changed files take more than `maxBytes`.
 */
export async function writeWorkTree(from: WorkTree, maxBytes: number): Promise<WrittenTree> {
  const { gitDir } = from;
  const indexFile = join(gitDir, `index-${randomUUID()}`);
  try {
    const { changed, gone, skipped } = await changesOf(from, maxBytes);
    await copyFile(join(gitDir, 'index'), indexFile);
    // A folder of ours: should git look whether a file is still what the index says, it does so there.
    const place = { gitDir, workTree: join(gitDir, 'info'), indexFile };
    await updateIndex(place, [...gone.map(removal), ...changed.map(entryLine)]);
    const tree = await git(place, ['write-tree']);
    return { tree: tree.toString('utf8').trim(), skipped };
  } finally {
    await rm(indexFile, { force: true });
  }
}

/** Lines of `git update-index --index-info`, with paths as bytes. */
async function updateIndex(place: GitPlace, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  const input = Buffer.from(lines.map((line) => `${line}\0`).join(''), 'latin1');
  await git(place, ['update-index', '-z', '--index-info'], { input });
}

const nothing = '0'.repeat(40);

function removal(path: string): string {
  return `0 ${nothing}\t${path}`;
}

function entryLine({ mode, sha, path }: Changed): string {
  return `${mode} ${sha}\t${path}`;
}

async function changesOf(from: WorkTree, maxBytes: number) {
  const { gitDir, workTree } = from;
  const index = await readBaseIndex(gitDir);
  const read = createReader({ gitDir, index, maxBytes, owner: lstatSync(workTree).uid });
  const { nested, submodules, refused } = await walkTree({
    gitDir,
    workTree,
    tracked: index,
    visit: read.visit,
  });
  const there = (path: string) =>
    read.seen.has(path) || submodules.has(path) || isBelow(refused, path);
  return {
    changed: read.changed,
    gone: [...index.keys()].filter((path) => !there(path)),
    skipped: [...nested, ...shownRefused(refused)],
  };
}

/** True when a path, or a folder on the way to it, is among the given ones. */
function isBelow(refused: ReadonlySet<string>, path: string): boolean {
  if (refused.size === 0) return false;
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    if (refused.has(path.slice(0, end))) return true;
  }
  return refused.has('');
}

function shownRefused(refused: ReadonlySet<string>): readonly string[] {
  const shown = [...refused].toSorted().slice(0, MAX_REFUSED);
  return shown.map((path) => Buffer.from(path === '' ? '.' : path, 'latin1').toString('utf8'));
}

/** Splits bytes that end with NUL each. */
export function splitNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    const stop = end === -1 ? bytes.length : end;
    parts.push(bytes.subarray(at, stop));
    at = stop + 1;
  }
  return parts;
}
