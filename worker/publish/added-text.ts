import { changedLines } from './changed-lines.ts';

/** All lines that a change adds to one text file. */
export type AddedText = Readonly<{ path: string; text: string }>;

/** Reads the added lines of each file out of a unified diff. Binary patches count as no lines. */
export function addedText(diff: Buffer): readonly AddedText[] {
  return changedLines(diff)
    .filter((file) => file.added.length > 0)
    .map((file) => ({ path: file.path, text: file.added.join('\n') }));
}
