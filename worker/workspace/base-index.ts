import { readFile, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';

/** A file as the checkout left it. `mode` is git's, in octal; times in ms. */
export type IndexEntry = Readonly<{
  mode: string;
  sha: string;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
  /** It may have been changed within the moment in which it was noted, so that its times tell nothing. */
  racy: boolean;
}>;

/** The files of the checkout by path (bytes as latin1). */
export type BaseIndex = ReadonlyMap<string, IndexEntry>;

// As long as a file system takes at most to notice that the time goes on, where it knows parts of seconds at all.
const TICK_MS = 20;
const HEADER = 12;
const FIXED = 62;

/**
 * Reads what git noted of each file at the checkout. Throws for an index of another kind than `git read-tree` makes.
 * Source: git, Documentation/gitformat-index.txt, version 2; Documentation/technical/racy-git.txt.
 */
export async function readBaseIndex(gitDir: string): Promise<BaseIndex> {
  const file = join(gitDir, 'index');
  const { mtimeMs } = await stat(file);
  const bytes = await readFile(file);
  if (bytes.toString('latin1', 0, 4) !== 'DIRC' || bytes.readUInt32BE(4) !== 2)
    throw new Error('The index of the checkout is of an unknown kind');
  const entries = new Map<string, IndexEntry>();
  let at = HEADER;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const end = bytes.indexOf(0, at + FIXED);
    const entry = entryAt(bytes, at);
    const youngest = Math.max(entry.mtimeMs, entry.ctimeMs);
    entries.set(bytes.toString('latin1', at + FIXED, end), {
      ...entry,
      racy: youngest >= mtimeMs - TICK_MS,
    });
    // One to eight NULs follow the path, so that the next entry stands at a multiple of eight.
    at += (end - at + 8) & ~7;
  }
  return entries;
}

function entryAt(bytes: Buffer, at: number): Omit<IndexEntry, 'racy'> {
  const word = (index: number) => bytes.readUInt32BE(at + 4 * index);
  // The sum that Node makes of seconds and nanoseconds, so that equal times are equal numbers.
  const time = (index: number) => word(index) * 1000 + word(index + 1) / 1_000_000;
  return {
    ctimeMs: time(0),
    mtimeMs: time(2),
    ino: word(5),
    mode: word(6).toString(8),
    size: word(9),
    sha: bytes.toString('hex', at + 40, at + 60),
  };
}

/** True when nobody can have written to the file since it was noted. */
export function isUntouched(entry: IndexEntry, now: Stats): boolean {
  return (
    !entry.racy &&
    // Four bytes of each stand in an index. Beyond 2^53 the number of an inode is not exact here.
    now.size % 2 ** 32 === entry.size &&
    (!Number.isSafeInteger(now.ino) || now.ino % 2 ** 32 === entry.ino) &&
    now.mtimeMs === entry.mtimeMs &&
    now.ctimeMs === entry.ctimeMs
  );
}
