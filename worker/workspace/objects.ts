import type { GitCall, GitPlace } from './git.ts';
import { git } from './git.ts';

/** One file of a tree. `path` is shown as UTF-8; `size` is in bytes, undefined for submodules. */
export type TreeFile = Readonly<{
  mode: string;
  sha: string;
  size: number | undefined;
  path: string;
}>;

/** All files of a commit or tree, in git's order, submodules included. Throws `GitError`. */
export async function listTree(
  place: GitPlace,
  treeish: string,
  call: GitCall = {},
): Promise<readonly TreeFile[]> {
  const listing = await git(place, ['ls-tree', '-r', '-l', '-z', '--full-tree', treeish], {
    // Half a million files, as many as a checkout may have, with two hundred bytes each.
    maxOutputBytes: 128 * 1024 * 1024,
    ...call,
  });
  return listing
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map(parseLine);
}

/** The bytes of blobs by their names, in the order asked. Throws `GitError`, or `Error` for a missing object. */
export async function readBlobs(
  place: GitPlace,
  shas: readonly string[],
  maxBytes = 512 * 1024 * 1024,
): Promise<readonly Buffer[]> {
  if (shas.length === 0) return [];
  const output = await git(place, ['cat-file', '--batch'], {
    input: Buffer.from(shas.map((sha) => `${sha}\n`).join('')),
    maxOutputBytes: maxBytes,
  });
  return parseBlobs(output, shas);
}

/** The tree of a commit, and blobs as `readBlobs` returns them, by one process. Throws as `readBlobs` does. */
export async function readTreeAndBlobs(
  place: GitPlace,
  { commit, shas }: Readonly<{ commit: string; shas: readonly string[] }>,
  maxBytes: number,
): Promise<Readonly<{ tree: string; blobs: readonly Buffer[] }>> {
  const asked = [`info ${commit}^{tree}\n`, ...shas.map((sha) => `contents ${sha}\n`)];
  const output = await git(place, ['cat-file', '--batch-command'], {
    input: Buffer.from(asked.join('')),
    maxOutputBytes: maxBytes,
  });
  const end = output.indexOf(0x0a);
  const [tree = '', type] = output.toString('latin1', 0, end).split(' ');
  if (type !== 'tree') throw new Error(`Git object ${commit} is not a commit here`);
  return { tree, blobs: parseBlobs(output.subarray(end + 1), shas) };
}

/** What `git cat-file` prints for each blob: name, type and size on a line, the bytes, a line break. */
function parseBlobs(output: Buffer, shas: readonly string[]): readonly Buffer[] {
  const blobs: Buffer[] = [];
  let at = 0;
  for (const sha of shas) {
    const end = output.indexOf(0x0a, at);
    const [, type, size] = output.toString('latin1', at, end).split(' ');
    if (type !== 'blob') throw new Error(`Git object ${sha} is not a blob here`);
    blobs.push(output.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return blobs;
}

function parseLine(line: string): TreeFile {
  const tab = line.indexOf('\t');
  const [mode = '', , sha = '', size = ''] = line.slice(0, tab).split(/ +/);
  return {
    mode,
    sha,
    size: size === '-' ? undefined : Number(size),
    path: line.slice(tab + 1),
  };
}
