import { git } from './git.ts';
import { splitNul, type WorkTree, writeWorkTree } from './work-tree.ts';

const maxBytes = 200 * 1024 * 1024;

/**
 * The paths that differ from the base commit, untracked ones included, in git's order: at most `max` of them, each
 * with a word about what became of it unless it was modified, then how many more there are. The tree may be written
 * to meanwhile. Throws `UserError` `too_large` for more changed bytes than a snapshot holds, else `GitError`.
 */
export async function changedPaths(from: WorkTree, max = 200): Promise<readonly string[]> {
  const { tree } = await writeWorkTree(from, maxBytes);
  const options = ['-r', '-z', '--name-status', '--no-renames', '--ignore-submodules=none'];
  const output = await git({ gitDir: from.gitDir }, ['diff-tree', ...options, from.baseSha, tree]);
  const parts = splitNul(output).map((part) => part.toString('utf8'));
  const paths = parts.flatMap((path, at) =>
    at % 2 === 0 ? [] : [`${path}${words.get(parts[at - 1] ?? '') ?? ''}`],
  );
  const more = paths.length - max;
  return more > 0 ? [...paths.slice(0, max), `and ${more} more`] : paths;
}

const words: ReadonlyMap<string, string> = new Map([
  ['A', ' (new)'],
  ['D', ' (deleted)'],
]);
