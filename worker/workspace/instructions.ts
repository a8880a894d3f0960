import { type TreeFile, listTree, readBlobs } from './objects.ts';

/** A file in which a repository tells agents how to work in it. */
export type InstructionFile = Readonly<{ path: string; text: string; truncated: boolean }>;

const known = ['AGENTS.md', 'CLAUDE.md', '.claude/CLAUDE.md', '.github/copilot-instructions.md'];

/** Bytes over all files together. */
const defaultMaxBytes = 40 * 1024;

/**
 * Reads the instruction files of a commit (never those of the work tree, which the agent can change), each text
 * once: links and copies of a file that was read already are left out. Throws `GitError`.
 */
export async function readInstructions(
  from: Readonly<{ gitDir: string; sha: string; maxBytes?: number }>,
): Promise<readonly InstructionFile[]> {
  const files = await listTree(from, from.sha);
  const found = known.flatMap((path) => files.filter((file) => file.path === path && isText(file)));
  const unique = found.filter((file, at) => found.findIndex((one) => one.sha === file.sha) === at);
  const blobs = await readBlobs(
    from,
    unique.map((file) => file.sha),
  );
  let left = from.maxBytes ?? defaultMaxBytes;
  return unique.flatMap((file, at) => {
    const bytes = blobs[at] ?? Buffer.alloc(0);
    const text = cutUtf8(bytes, left);
    left -= Math.min(bytes.length, left);
    if (text.trim() === '') return [];
    return [{ path: file.path, text, truncated: Buffer.byteLength(text) < bytes.length }];
  });
}

function isText(file: TreeFile): boolean {
  return file.mode !== '120000' && file.size !== undefined;
}

/** The text of at most `max` bytes, cut between characters. */
function cutUtf8(bytes: Buffer, max: number): string {
  if (bytes.length <= max) return bytes.toString('utf8');
  let end = max;
  // 0b10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
