import { type Git, GitFailure } from './git.ts';
import { objectTypes } from './git-objects.ts';
import { readRefFiles } from './ref-files.ts';

export const NO_SHA = '0'.repeat(40);

export type Ref = Readonly<{ ref: string; sha: string; type: string }>;

/** Every ref below a prefix such as `refs/heads`, in git's order. Hidden refs of pull requests only if asked for. */
export async function listRefs(git: Git, dir: string, prefix: string): Promise<Ref[]> {
  const files = await readRefFiles(dir, prefix);
  if (files === undefined) return askForRefs(git, dir, prefix);
  const shas = files.map(({ sha }) => sha);
  const types = await objectTypes(git, dir, shas);
  return files.flatMap((file, at) => {
    const type = types[at];
    return type === undefined ? [] : [{ ...file, type }];
  });
}

async function askForRefs(git: Git, dir: string, prefix: string): Promise<Ref[]> {
  const out = await git.text(dir, [
    'for-each-ref',
    '--format=%(objectname) %(objecttype) %(refname)',
    prefix,
  ]);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [sha = '', type = '', ...name] = line.split(' ');
      return { sha, type, ref: name.join(' ') };
    });
}

/** One ref by its full name. */
export async function readRef(git: Git, dir: string, ref: string): Promise<Ref | undefined> {
  const refs = await listRefs(git, dir, ref);
  return refs.find((found) => found.ref === ref);
}

/** Whether git takes the name: under `refs/`, with at least two slashes, well-formed, and not a pull request's. */
export async function isRefName(git: Git, dir: string, ref: string): Promise<boolean> {
  if (!/^refs\/[^/]+\/./.test(ref) || ref.startsWith('refs/pull/')) return false;
  const { exitCode } = await git.run(dir, ['check-ref-format', ref], { accept: [0, 1] });
  return exitCode === 0;
}

/** Moves, creates (`before` all zeros) or deletes (`after` null) a ref. False when it did not stand at `before`. */
export async function moveRef(
  git: Git,
  dir: string,
  move: Readonly<{ ref: string; before: string; after: string | null }>,
): Promise<boolean> {
  const args =
    move.after === null
      ? ['update-ref', '-d', move.ref, move.before]
      : ['update-ref', move.ref, move.after, move.before];
  try {
    await git.run(dir, args);
    return true;
  } catch (error) {
    if (error instanceof GitFailure) return false;
    throw error;
  }
}

/** Whether `ancestor` is reachable from `commit`. */
export async function isAncestor(
  git: Git,
  dir: string,
  pair: Readonly<{ ancestor: string; commit: string }>,
): Promise<boolean> {
  const { exitCode } = await git.run(
    dir,
    ['merge-base', '--is-ancestor', pair.ancestor, pair.commit],
    { accept: [0, 1] },
  );
  return exitCode === 0;
}
