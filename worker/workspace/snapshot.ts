import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { copyIndex } from './copy-index.ts';
import { git } from './git.ts';
import { type WorkTree, writeWorkTree } from './work-tree.ts';

/** A snapshot of more changed bytes than this is not taken. */
const defaultMaxBytes = 200 * 1024 * 1024;

const nobody = ['-c', 'user.name=Cody', '-c', 'user.email=cody@localhost'] as const;

/**
 * Returns the work tree as a git bundle that needs only the base commit: untracked files, modes and links are in
 * it. What the tree's ignore files name is not (set-up makes it again), and neither are empty folders. The tree
 * may be written to meanwhile; each file is then in it as it was when it was read. `tree`: what the work tree was
 * written as, where nothing can have written to it since.
 * Throws `UserError` `too_large` beyond `maxBytes` of changed content, else `GitError`.
 */
export async function takeSnapshot(
  from: WorkTree & Readonly<{ maxBytes?: number; tree?: string }>,
): Promise<Buffer> {
  const place = { gitDir: from.gitDir };
  const maxBytes = from.maxBytes ?? defaultMaxBytes;
  const tree = from.tree ?? (await writeWorkTree(from, maxBytes)).tree;
  const commit = await git(place, [
    ...nobody,
    'commit-tree',
    tree,
    '-p',
    from.baseSha,
    '-m',
    'snapshot',
  ]);
  // A bundle is made of refs. This one is a file for a moment: no other process names it.
  const ref = `refs/cody/snapshot-${randomUUID()}`;
  const refFile = join(from.gitDir, ref);
  await mkdir(dirname(refFile), { recursive: true });
  await writeFile(refFile, commit);
  try {
    const range = [ref, `^${from.baseSha}`];
    return await git(place, ['bundle', 'create', '--quiet', '-', ...range], {
      maxOutputBytes: 2 * maxBytes,
    });
  } finally {
    await rm(refFile, { force: true });
  }
}

/**
 * Makes the work tree, checked out from the same base commit, what it was when the snapshot was taken. Ignored
 * and other untracked files stay. Throws `GitError` when the snapshot is damaged or of another base.
 */
export async function restoreSnapshot(to: WorkTree, snapshot: Buffer): Promise<void> {
  const id = randomUUID();
  const bundle = join(to.gitDir, `snapshot-${id}.bundle`);
  const indexFile = join(to.gitDir, `index-${id}`);
  const place = { gitDir: to.gitDir, workTree: to.workTree, indexFile };
  try {
    await writeFile(bundle, snapshot);
    const refs = await git({ gitDir: to.gitDir }, ['bundle', 'unbundle', bundle]);
    const [commit = ''] = refs.toString('utf8').trim().split(' ');
    await copyIndex(to.gitDir, indexFile);
    await git(place, ['read-tree', '--reset', '-u', commit]);
  } finally {
    await rm(bundle, { force: true });
    await rm(indexFile, { force: true });
  }
}
