import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { Git } from './git.ts';
import { withoutRef } from './ref-files.ts';

type GitObject = Readonly<{
  sha: string;
  type: 'blob' | 'tree' | 'commit' | 'tag';
  bytes: Buffer;
}>;

/** Whether the text has the form of a full SHA-1. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** The object that a revision names, or undefined when there is none. */
export async function readObject(
  git: Git,
  dir: string,
  revision: string,
): Promise<GitObject | undefined> {
  if (/[\n\0]/.test(revision)) return undefined;
  const name = await withoutRef(dir, revision);
  if (name === undefined) return undefined;
  const { stdout } = await git.run(dir, ['cat-file', '--batch'], { input: `${name}\n` });
  const end = stdout.indexOf('\n');
  const [sha, type, size] = stdout.subarray(0, end).toString('utf8').split(' ');
  if (sha === undefined || size === undefined || !isObjectType(type)) return undefined;
  return { sha, type, bytes: stdout.subarray(end + 1, end + 1 + Number(size)) };
}

/** The types of several objects in one call; undefined where an object is missing. */
export async function objectTypes(
  git: Git,
  dir: string,
  shas: readonly string[],
): Promise<(string | undefined)[]> {
  if (shas.length === 0) return [];
  const out = await git.text(dir, ['cat-file', '--batch-check=%(objecttype)'], {
    input: `${shas.join('\n')}\n`,
  });
  return out.split('\n').map((line) => (isObjectType(line) ? line : undefined));
}

/** Writes one object and returns its SHA-1. */
export async function writeObject(
  git: Git,
  dir: string,
  object: Readonly<{ type: 'blob' | 'commit' | 'tag'; bytes: Buffer }>,
): Promise<string> {
  return git.text(dir, ['hash-object', '-w', '-t', object.type, '--stdin'], {
    input: object.bytes,
  });
}

/** Writes many blobs with one git process and returns their SHA-1s in order. */
export async function writeBlobs(
  git: Git,
  dir: string,
  contents: readonly Buffer[],
): Promise<string[]> {
  if (contents.length === 0) return [];
  const folder = await mkdtemp(path.join(dir, 'incoming-'));
  try {
    const files = contents.map((_, index) => path.join(folder, String(index)));
    await Promise.all(files.map((file, index) => writeFile(file, contents[index] ?? '')));
    const out = await git.text(dir, ['hash-object', '-w', '--no-filters', '--stdin-paths'], {
      input: `${files.join('\n')}\n`,
    });
    return out.split('\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isObjectType(type: string | undefined): type is GitObject['type'] {
  return type === 'blob' || type === 'tree' || type === 'commit' || type === 'tag';
}
