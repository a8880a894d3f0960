import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A ref and the object that it names. */
type RefFile = Readonly<{ ref: string; sha: string }>;

const REF_IN_REVISION = /^([^\s:^~@{}?*[\\]+)((?:\^\{[a-z]+\}|:.*)?)$/s;
const FULL_SHA = /^[0-9a-f]{40}$/;

/**
 * The revision with the full SHA-1 in place of the ref that it begins with, so that git's answer about it lasts;
 * undefined when there is no such ref. What only git can resolve stays as it is.
 */
export async function withoutRef(dir: string, revision: string): Promise<string | undefined> {
  const [, name = '', rest = ''] = REF_IN_REVISION.exec(revision) ?? [];
  if (name === '' || FULL_SHA.test(name)) return revision;
  const full = name.startsWith('refs/');
  // The order of git's own search. Source: gitrevisions(7), "<refname>".
  for (const ref of full ? [name] : [`refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`]) {
    const refs = await readRefFiles(dir, ref);
    if (refs === undefined) return revision;
    const found = refs.find((one) => one.ref === ref);
    if (found) return `${found.sha}${rest}`;
  }
  return full ? undefined : revision;
}

/**
 * The ref `prefix` and those below it in git's order, or undefined when only git can tell. The bare repositories here
 * are never packed, so that each ref is a file; git replaces it in one step. Source: gitrepository-layout(5).
 */
export async function readRefFiles(dir: string, prefix: string): Promise<RefFile[] | undefined> {
  const isPlain = !prefix.endsWith('/') && path.posix.normalize(prefix) === prefix;
  if (!isPlain || (await readText(path.join(dir, 'packed-refs'))) !== undefined) return undefined;
  const single = await readRefFile(dir, prefix);
  const names = single === undefined ? await namesBelow(dir, prefix) : [prefix];
  const found = await Promise.all(
    names.map(async (ref) => ({ ref, sha: await readRefFile(dir, ref) })),
  );
  const refs = found.flatMap(({ ref, sha }) => (sha === undefined ? [] : [{ ref, sha }]));
  return refs.toSorted((a, b) => Buffer.compare(Buffer.from(a.ref), Buffer.from(b.ref)));
}

async function namesBelow(dir: string, prefix: string): Promise<string[]> {
  const entries = await readdir(path.join(dir, prefix), {
    recursive: true,
    withFileTypes: true,
  }).catch((): Dirent[] => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)));
}

async function readRefFile(dir: string, ref: string): Promise<string | undefined> {
  const text = await readText(path.join(dir, ref));
  return /^([0-9a-f]{40})\n$/.exec(text ?? '')?.[1];
}

async function readText(file: string): Promise<string | undefined> {
  // Not there, or a folder of refs.
  return readFile(file, 'utf8').catch(() => undefined);
}
