import { randomUUID } from 'node:crypto';
import { lstat, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { copyIndex } from './copy-index.ts';
import { git, type GitPlace } from './git.ts';

/** Where the work tree stands and which commit it was checked out from. */
export type WorkTree = Readonly<{ gitDir: string; workTree: string; baseSha: string }>;

/** A work tree as a git tree. `skipped`: folders left out because they are git repositories of their own. */
export type WrittenTree = Readonly<{ tree: string; skipped: readonly string[] }>;

/**
 * Writes the work tree into the trusted git directory and returns the tree's sha. Untracked files are included
 * unless an ignore file of the work tree names them; links are stored as links and never followed; sockets and
 * devices are left out. Nothing in the tree is started, not even by git.
 * Throws `UserError` `too_large` when the changed files take more than `maxBytes`.
 */
export async function writeWorkTree(from: WorkTree, maxBytes: number): Promise<WrittenTree> {
  const indexFile = join(from.gitDir, `index-${randomUUID()}`);
  const place = { gitDir: from.gitDir, workTree: from.workTree, indexFile };
  try {
    // The index of the checkout knows size and times of each file, so that only touched ones are read.
    await copyIndex(from.gitDir, indexFile);
    const touched = await touchedPaths(place);
    const { present, gone, bytes } = await sortOut(from.workTree, touched.files);
    if (bytes > maxBytes)
      throw new UserError(
        'too_large',
        `The changed files take ${String(Math.ceil(bytes / 1024 / 1024))} MiB, more than a patch may hold.`,
      );
    await updateIndex(place, ['--force-remove'], gone);
    await updateIndex(place, ['--add', '--remove', '--replace'], present);
    const tree = await git(place, ['write-tree']);
    return { tree: tree.toString('utf8').trim(), skipped: touched.nested };
  } finally {
    await rm(indexFile, { force: true });
  }
}

async function updateIndex(
  place: GitPlace,
  options: readonly string[],
  paths: readonly Buffer[],
): Promise<void> {
  if (paths.length === 0) return;
  await git(place, ['update-index', '-z', ...options, '--stdin'], { input: list(paths) });
}

type Touched = Readonly<{ files: readonly Buffer[]; nested: readonly string[] }>;

/** Paths as bytes: a name need not be UTF-8. A nested repository is listed by git with a slash at its end. */
async function touchedPaths(place: GitPlace): Promise<Touched> {
  const options = ['-z', '--modified', '--deleted', '--others', '--exclude-standard'];
  const output = await git(place, ['ls-files', ...options], {
    maxOutputBytes: 512 * 1024 * 1024,
  });
  const paths = new Map(splitNul(output).map((path) => [path.toString('latin1'), path]));
  const all = [...paths.values()];
  return {
    files: all.filter((path) => !endsWithSlash(path)),
    nested: all.filter(endsWithSlash).map((path) => path.toString('utf8')),
  };
}

function endsWithSlash(path: Buffer): boolean {
  return path.at(-1) === 0x2f;
}

async function sortOut(
  workTree: string,
  paths: readonly Buffer[],
): Promise<{ present: Buffer[]; gone: Buffer[]; bytes: number }> {
  const present: Buffer[] = [];
  const gone: Buffer[] = [];
  const isFolder = createFolderCheck(workTree);
  let bytes = 0;
  for (const path of paths) {
    const reachable = await isFolder(dirname(path.toString('latin1')));
    const found = reachable ? await look(workTree, path) : undefined;
    // A folder in place of a file counts as gone: git lists what is in it as untracked.
    if (found?.isFile() || found?.isSymbolicLink()) {
      present.push(path);
      bytes += found.size;
    } else gone.push(path);
  }
  return { present, gone, bytes };
}

/** Tells whether a folder of the tree is a real one all the way up, so that no link leads outside. */
function createFolderCheck(workTree: string): (folder: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>([['.', Promise.resolve(true)]]);
  const check = (folder: string): Promise<boolean> => {
    const before = known.get(folder);
    if (before) return before;
    const answer = check(dirname(folder)).then(async (parent) => {
      if (!parent) return false;
      return (await look(workTree, Buffer.from(folder, 'latin1')))?.isDirectory() ?? false;
    });
    known.set(folder, answer);
    return answer;
  };
  return check;
}

async function look(workTree: string, path: Buffer) {
  // A path that is not there any more is an answer, not a failure.
  return lstat(Buffer.concat([Buffer.from(`${workTree}/`), path])).catch(() => undefined);
}

function list(paths: readonly Buffer[]): Buffer {
  return Buffer.concat(paths.flatMap((path) => [path, Buffer.from([0])]));
}

/** Splits bytes that end with NUL each. */
export function splitNul(bytes: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    const stop = end === -1 ? bytes.length : end;
    parts.push(bytes.subarray(at, stop));
    at = stop + 1;
  }
  return parts;
}
