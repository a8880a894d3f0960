import { closeSync } from 'node:fs';
import { UserError } from '../../core/errors.ts';
import { type BaseIndex, type IndexEntry, isUntouched } from './base-index.ts';
import { blobName, writeBlob } from './loose-object.ts';
import { nameOfFile, readWhole } from './read-content.ts';
import type { TreeFile } from './tree-folder.ts';
import type { Met } from './walk-tree.ts';

/** A file that is not what the base commit has. Paths are bytes as latin1. */
export type Changed = Readonly<{ path: string; mode: string; sha: string }>;

/** Takes files in one after the other. */
export type Reader = Readonly<{
  /** Reads and stores what differs from the base. Undefined when there is nothing to wait for. */
  visit: (met: Met) => Promise<void> | undefined;
  changed: readonly Changed[];
  /** All paths that are a file or a link. */
  seen: ReadonlySet<string>;
}>;

type Options = Readonly<{
  gitDir: string;
  index: BaseIndex;
  maxBytes: number;
  /** The user who owns the tree. */
  owner: number;
}>;

/** A larger file is not held in memory only to find out that it is what it was. */
const LARGE = 8 * 1024 * 1024;

/** Compares with the index and stores in the git directory. `visit` throws `UserError` `too_large`. */
export function createReader({ gitDir, index, maxBytes, owner }: Options): Reader {
  const changed: Changed[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  const take = (size: number) => {
    bytes += size;
    if (bytes > maxBytes) throw tooLarge(bytes);
  };
  const read = (met: Met, entry: IndexEntry | undefined): Buffer | IndexEntry | undefined => {
    if (met.stat.isSymbolicLink()) return met.folder.target(met.name);
    const file = met.folder.open(met.name);
    if (!file) return undefined;
    try {
      if (isForeign(file.stat, owner)) return undefined;
      return readFile(file, { entry, max: maxBytes - bytes });
    } finally {
      closeSync(file.descriptor);
    }
  };
  const visit = (met: Met): Promise<void> | undefined => {
    const { path, stat } = met;
    const entry = index.get(path);
    const mode = modeOf(stat);
    if (entry?.mode === mode && isUntouched(entry, stat)) {
      seen.add(path);
      return undefined;
    }
    const content = read(met, entry);
    if (content === undefined) return undefined;
    seen.add(path);
    const sha = Buffer.isBuffer(content) ? blobName(content) : content.sha;
    if (entry?.mode === mode && entry.sha === sha) return undefined;
    changed.push({ path, mode, sha });
    if (!Buffer.isBuffer(content) || sha === entry?.sha) return undefined;
    take(content.length);
    return writeBlob(gitDir, sha, content);
  };
  return { visit, changed, seen };
}

/** The content, or the entry where that is what it says. What is large and new is refused before it is read. */
function readFile(
  file: TreeFile,
  { entry, max }: Readonly<{ entry: IndexEntry | undefined; max: number }>,
): Buffer | IndexEntry {
  const { size } = file.stat;
  const maybeSame = entry !== undefined && size % 2 ** 32 === entry.size;
  if (maybeSame && size > LARGE && nameOfFile(file) === entry.sha) return entry;
  if (size > max && (!maybeSame || size > LARGE)) throw tooLarge(size);
  return readWhole(file);
}

/** What has another name as well (a hard link) and belongs to somebody else is no file of this tree. */
function isForeign({ nlink, uid }: TreeFile['stat'], owner: number): boolean {
  return nlink > 1 && uid !== owner;
}

/** git knows three modes of files. */
function modeOf(stat: Met['stat']): string {
  if (stat.isSymbolicLink()) return '120000';
  return (stat.mode & 0o100) === 0 ? '100644' : '100755';
}

function tooLarge(bytes: number): UserError {
  return new UserError(
    'too_large',
    `The changed files take ${String(Math.ceil(bytes / 1024 / 1024))} MiB, more than a patch may hold.`,
  );
}
