import { appliesEverywhere, parseScoped } from './apply-to.ts';
import type { Commit } from './commit.ts';
import { cutInstructions, type InstructionFile } from './cut-instructions.ts';
import { type FoundFile, type InstructionTree, openInstructionTree } from './instruction-tree.ts';

/** The folder of instruction files with a scope. */
export const scopedFolder = '.github/instructions';
export const scopedSuffix = '.instructions.md';

/** Bytes over all files together. */
const defaultMaxBytes = 40 * 1024;

/**
 * Reads the instruction files of a commit (never those of the work tree, which the agent can change) that hold for
 * the whole repository, each text once: links and copies of a file that was read already are left out. What a
 * CLAUDE.md imports stands behind it. Throws `GitError`.
 */
export async function readInstructions(
  from: Commit & Readonly<{ maxBytes?: number }>,
): Promise<readonly InstructionFile[]> {
  const tree = await openInstructionTree(from);
  const files = [
    ...(await tree.read(['AGENTS.md'])),
    ...(await tree.readWithImports('CLAUDE.md')),
    ...(await tree.readWithImports('.claude/CLAUDE.md')),
    ...(await tree.read(['.github/copilot-instructions.md'])),
    ...(await readScoped(tree)),
  ];
  return cutInstructions(files, from.maxBytes ?? defaultMaxBytes);
}

async function readScoped(tree: InstructionTree): Promise<readonly FoundFile[]> {
  const files = await tree.read(tree.below(scopedFolder, scopedSuffix));
  return files.flatMap((file) => {
    const scoped = parseScoped(file.bytes.toString('utf8'));
    return appliesEverywhere(scoped) ? [{ ...file, bytes: Buffer.from(scoped.text) }] : [];
  });
}
