import { posix } from 'node:path';
import { appliesEverywhere, appliesTo, parseScoped } from './apply-to.ts';
import type { Commit } from './commit.ts';
import { cutInstructions, type InstructionFile } from './cut-instructions.ts';
import { type FoundFile, type InstructionTree, openInstructionTree } from './instruction-tree.ts';
import { scopedFolder, scopedSuffix } from './instructions.ts';

/** Tells which instruction files hold for a path. Throws `GitError`. */
export type NestedInstructions = (path: string) => Promise<readonly InstructionFile[]>;

/** Bytes over all files that one path brings. */
const MAX_BYTES = 16 * 1024;

/**
 * A reader of the instruction files that hold for a part of a commit only: AGENTS.md and CLAUDE.md in the folders
 * above a path, the outermost first, and scoped files whose globs match it. `root` is the repository as the model
 * names it. The commit is listed at the first use.
 */
export function createNestedInstructions(
  from: Commit & Readonly<{ root: string }>,
): NestedInstructions {
  let opened: Promise<InstructionTree> | undefined;
  return async (touched) => {
    const path = inRepository(touched, from.root);
    if (path === undefined) return [];
    opened ??= openInstructionTree(from);
    const tree = await opened;
    const files: FoundFile[] = [];
    for (const folder of foldersAbove(path, tree)) {
      files.push(...(await tree.read([`${folder}/AGENTS.md`])));
      files.push(...(await tree.readWithImports(`${folder}/CLAUDE.md`)));
    }
    return cutInstructions([...files, ...(await scopedFor(tree, path))], MAX_BYTES);
  };
}

function inRepository(touched: string, root: string): string | undefined {
  const relative = posix.relative(root, posix.resolve(root, touched));
  return relative === '' || relative.startsWith('..') ? undefined : relative;
}

// The root's own files stand in the first message.
function foldersAbove(path: string, tree: InstructionTree): readonly string[] {
  const parts = path.split('/');
  const deepest = tree.isFolder(path) ? parts.length : parts.length - 1;
  return Array.from({ length: deepest }, (_, at) => parts.slice(0, at + 1).join('/'));
}

async function scopedFor(tree: InstructionTree, path: string): Promise<readonly FoundFile[]> {
  const files = await tree.read(tree.below(scopedFolder, scopedSuffix));
  return files.flatMap((file) => {
    const scoped = parseScoped(file.bytes.toString('utf8'));
    if (appliesEverywhere(scoped) || !appliesTo(scoped, path)) return [];
    return [{ ...file, bytes: Buffer.from(scoped.text) }];
  });
}
