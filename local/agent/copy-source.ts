import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TransientError, UserError } from '../../core/errors.ts';
import { type Folders, makeFolders } from '../../worker/job/folders.ts';
import { checkout } from '../../worker/workspace/checkout.ts';
import { git, GitError } from '../../worker/workspace/git.ts';
import { CommandError } from './command-error.ts';

type Source = Readonly<{
  top: string;
  headSha: string;
  /** Files with ignore rules that stand outside the tree. */
  ignoreFiles: readonly string[];
  signal: AbortSignal;
}>;

const limits = {
  maxBytes: 4 * 1024 * 1024 * 1024,
  maxFiles: 500_000,
  timeoutMs: 10 * 60_000,
} as const;

/**
 * Makes empty folders and copies the commit into them, with a git directory that no command of the run can reach.
 * Throws CommandError when the commit cannot be read, UserError when it is too large.
 */
export async function copyHead(folders: Folders, source: Source): Promise<void> {
  await makeFolders(folders);
  // The checkout asks a server for owner/name.git: here the server is a folder, and the repository a link in it.
  const server = join(folders.root, 'source');
  await mkdir(join(server, 'local'), { recursive: true });
  await symlink(source.top, join(server, 'local', 'checkout.git'));
  try {
    await checkout({
      serverUrl: pathToFileURL(server).href,
      repository: { owner: 'local', name: 'checkout' },
      sha: source.headSha,
      gitDir: folders.gitDir,
      workTree: folders.workTree,
      limits,
      signal: source.signal,
    });
  } catch (error) {
    throw readable(error, source.top);
  }
  await keepIgnoring(folders.gitDir, source.ignoreFiles);
}

/** Moves the copy on to the commit that a bundle of uncommitted changes holds, and returns its sha. */
export async function copyChanges(folders: Folders, bundle: Buffer): Promise<string> {
  const path = join(folders.gitDir, 'changes.bundle');
  await writeFile(path, bundle, { mode: 0o600 });
  const refs = await git({ gitDir: folders.gitDir }, ['bundle', 'unbundle', path]);
  const [sha = ''] = refs.toString('utf8').trim().split(' ');
  // A later bundle stands on this commit, and git wants to reach it from a ref.
  await git({ gitDir: folders.gitDir }, ['update-ref', 'refs/cody/changes', sha]);
  const place = { gitDir: folders.gitDir, workTree: folders.workTree };
  await git(place, ['read-tree', '--reset', '-u', sha]);
  return sha;
}

/** What the person's git ignores stays out of copies and patches, wherever the rule stands. */
async function keepIgnoring(gitDir: string, files: readonly string[]): Promise<void> {
  // A file that is missing has no rules.
  const rules = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  await writeFile(join(gitDir, 'info', 'exclude'), rules.map((text) => `${text}\n`).join(''));
}

/** The words of a checkout speak of GitHub; here git's own are of more use. */
function readable(error: unknown, top: string): unknown {
  const translated = error instanceof UserError || error instanceof TransientError;
  const cause = translated ? error.cause : error;
  if (!(cause instanceof GitError) || cause.timedOut) return error;
  return new CommandError(`git could not read ${top}: ${cause.stderr.trim()}`, { cause: error });
}
