import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';

/** An object of git's, by its name. */
export type GitObject = Readonly<{
  sha: string;
  type: 'blob' | 'tree' | 'commit' | 'tag';
  bytes: Buffer;
}>;

/** One entry of a tree as it is stored. */
export type LooseEntry = Readonly<{ name: string; mode: string; sha: string }>;

/**
 * The object in a file of its own, or undefined where only git can tell: it is in a pack, or nowhere. The bare
 * repositories here are never packed but for what one large push brings. Source: gitrepository-layout(5).
 */
export async function readLoose(dir: string, sha: string): Promise<GitObject | undefined> {
  // Not there: git is asked.
  const stored = await readFile(fileOf(dir, sha)).catch(() => undefined);
  if (stored === undefined) return undefined;
  const whole = inflateSync(stored);
  const end = whole.indexOf(0);
  const [type] = whole.toString('latin1', 0, end).split(' ');
  return isObjectType(type) ? { sha, type, bytes: whole.subarray(end + 1) } : undefined;
}

/** Writes an object into a file of its own, unless it is there, and returns its SHA-1. */
export async function writeLoose(
  dir: string,
  { type, bytes }: Omit<GitObject, 'sha'>,
): Promise<string> {
  const whole = Buffer.concat([Buffer.from(`${type} ${bytes.length}\0`), bytes]);
  const sha = createHash('sha1').update(whole).digest('hex');
  const file = fileOf(dir, sha);
  if (await stat(file).catch(() => undefined)) return sha;
  await mkdir(path.dirname(file), { recursive: true });
  // Whole or not at all, as git does it.
  const temporary = `${file}-${randomUUID()}`;
  await writeFile(temporary, deflateSync(whole, { level: 1 }), { mode: 0o444 });
  await rename(temporary, file);
  return sha;
}

/** Writes one tree and returns its SHA-1. Source: git's order sorts a folder as if its name ended with a slash. */
export async function writeLooseTree(dir: string, entries: readonly LooseEntry[]): Promise<string> {
  const key = ({ name, mode }: LooseEntry) => Buffer.from(mode === '40000' ? `${name}/` : name);
  const sorted = entries.toSorted((a, b) => Buffer.compare(key(a), key(b)));
  const bytes = sorted.flatMap(({ name, mode, sha }) => [
    Buffer.from(`${mode} ${name}\0`),
    Buffer.from(sha, 'hex'),
  ]);
  return writeLoose(dir, { type: 'tree', bytes: Buffer.concat(bytes) });
}

/** Whether a word is the type of an object. */
export function isObjectType(type: string | undefined): type is GitObject['type'] {
  return type === 'blob' || type === 'tree' || type === 'commit' || type === 'tag';
}

function fileOf(dir: string, sha: string): string {
  return path.join(dir, 'objects', sha.slice(0, 2), sha.slice(2));
}
