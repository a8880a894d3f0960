import type { Git } from './git.ts';
import { type GitObject, isObjectType, readLoose, writeLoose } from './loose-objects.ts';
import { withoutRef } from './ref-files.ts';

const FULL_NAME = /^([0-9a-f]{40})(?:\^\{(commit|tree)\})?$/;

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
  return (await withoutGit(dir, name)) ?? askForObject(git, dir, name);
}

/** What can be read from files of single objects; undefined says nothing. */
async function withoutGit(dir: string, name: string): Promise<GitObject | undefined> {
  const [, sha = '', wanted] = FULL_NAME.exec(name) ?? [];
  const found = sha === '' ? undefined : await readLoose(dir, sha);
  if (found === undefined || wanted === undefined || found.type === wanted) return found;
  const tree = /^tree ([0-9a-f]{40})\n/.exec(found.bytes.toString('latin1', 0, 46))?.[1];
  const isTreeOfCommit = wanted === 'tree' && found.type === 'commit' && tree !== undefined;
  return isTreeOfCommit ? readLoose(dir, tree) : undefined;
}

async function askForObject(git: Git, dir: string, name: string): Promise<GitObject | undefined> {
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
  const loose = await Promise.all(shas.map((sha) => readLoose(dir, sha)));
  if (loose.every((found) => found !== undefined)) return loose.map(({ type }) => type);
  const out = await git.text(dir, ['cat-file', '--batch-check=%(objecttype)'], {
    input: `${shas.join('\n')}\n`,
  });
  return out.split('\n').map((line) => (isObjectType(line) ? line : undefined));
}

/** Writes many blobs and returns their SHA-1s in order. */
export async function writeBlobs(dir: string, contents: readonly Buffer[]): Promise<string[]> {
  return Promise.all(contents.map((bytes) => writeLoose(dir, { type: 'blob', bytes })));
}
