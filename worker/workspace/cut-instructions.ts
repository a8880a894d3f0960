import type { FoundFile } from './instruction-tree.ts';

/** A file in which a repository tells agents how to work in it. */
export type InstructionFile = Readonly<{ path: string; text: string; truncated: boolean }>;

/** The texts of files, each content once, of at most `max` bytes together. */
export function cutInstructions(
  files: readonly FoundFile[],
  max: number,
): readonly InstructionFile[] {
  const unique = files.filter((file, at) => files.findIndex(({ sha }) => sha === file.sha) === at);
  let left = max;
  return unique.flatMap(({ path, bytes }) => {
    const text = cutUtf8(bytes, left);
    left -= Math.min(bytes.length, left);
    if (text.trim() === '') return [];
    return [{ path, text, truncated: Buffer.byteLength(text) < bytes.length }];
  });
}

/** The text of at most `max` bytes, cut between characters. */
function cutUtf8(bytes: Buffer, max: number): string {
  if (bytes.length <= max) return bytes.toString('utf8');
  let end = max;
  // 0b10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
