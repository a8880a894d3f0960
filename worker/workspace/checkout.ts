import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../../core/errors.ts';
import type { RepositoryRef } from '../../core/request.ts';
import { type Commit, filesOf } from './commit.ts';
import { checkoutFailure, fetchFailure } from './fetch-failure.ts';
import { git } from './git.ts';
import { type TreeFile } from './objects.ts';
import { withNewToken } from './with-new-token.ts';

/** What a checkout may cost. */
export type CheckoutLimits = Readonly<{
  /** Bytes of the fetched pack, and of the files written, each. */
  maxBytes: number;
  maxFiles: number;
  timeoutMs: number;
}>;

export type CheckoutOptions = Readonly<{
  serverUrl: string;
  repository: Pick<RepositoryRef, 'owner' | 'name'>;
  sha: string;
  /** Another commit that is fetched but not checked out. */
  besides?: string | undefined;
  token?: string;
  gitDir: string;
  workTree: string;
  limits: CheckoutLimits;
  signal?: AbortSignal;
  /** The commit of `sha`, where others read it afterwards. */
  commit?: Commit;
}>;

/** What walks a tree, here and in programs of others, calls itself for each folder in a folder. */
const maxDepth = 100;

/** A finished checkout: how much was written (submodules are empty folders). */
export type Checkout = Readonly<{ files: number; bytes: number }>;

/**
 * Attributes here rank above every `.gitattributes`: bytes are written and read back as they are stored, so that
 * a file nobody touched is never a change, and no attribute hides a change from the diff.
 * Source: gitattributes(5), "info/attributes has the highest precedence".
 */
const attributes = '* -text -eol -ident -filter !working-tree-encoding !diff\n';

/**
 * Fetches one commit without history into the trusted git directory and writes its files to the work tree.
 * There is no `.git` in the work tree: whatever runs there can neither read nor plant git settings.
 * Throws `UserError` (`too_large`, `disk_full`, `github_forbidden`, `github_rejected`, `repository_gone`, `base_branch_missing`)
 * or `TransientError` when the server could not be reached.
 */
export async function checkout(options: CheckoutOptions): Promise<Checkout> {
  for (const sha of [options.sha, options.besides ?? options.sha]) assertSha(sha);
  const place = { gitDir: options.gitDir, workTree: options.workTree };
  await mkdir(options.workTree, { recursive: true });
  await createGitDirectory(options.gitDir);
  await fetchCommit(options, 'base');
  const { besides } = options;
  if (besides !== undefined && besides !== options.sha)
    await fetchCommit({ ...options, sha: besides }, 'besides');
  const files = await filesOf(options.commit ?? options).catch((error: unknown) => {
    throw checkoutFailure(error);
  });
  const bytes = assertFits(files, options.limits);
  const call = {
    timeoutMs: options.limits.timeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
  };
  try {
    await git(place, ['read-tree', options.sha], call);
    await git(place, ['checkout-index', '--all', '--force', '--index', '--quiet'], call);
  } catch (error) {
    throw checkoutFailure(error);
  }
  return { files: files.length, bytes };
}

/** A name could be an option, or lead to another commit. SHA-1 or SHA-256. */
function assertSha(sha: string): void {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) throw new Error('A commit is named by its sha');
}

/** What `git init --bare` makes, without its process and without templates; the format stays this one. */
async function createGitDirectory(gitDir: string): Promise<void> {
  for (const name of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info'])
    await mkdir(join(gitDir, name), { recursive: true });
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/main\n');
  const core = ['repositoryformatversion = 0', 'filemode = true', 'bare = true'];
  await writeFile(join(gitDir, 'config'), `[core]\n${core.map((line) => `\t${line}\n`).join('')}`);
  await writeFile(join(gitDir, 'info', 'attributes'), attributes);
}

async function fetchCommit(options: CheckoutOptions, name: 'base' | 'besides'): Promise<void> {
  const { serverUrl, repository, sha, token, limits } = options;
  const url = `${serverUrl.replace(/\/+$/, '')}/${repository.owner}/${repository.name}.git`;
  const tooLarge = new AbortController();
  const done = new AbortController();
  const watch = watchPack(options.gitDir, { max: limits.maxBytes, tooLarge, done: done.signal });
  const args = [
    'fetch',
    '--quiet',
    '--depth=1',
    '--no-tags',
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    url,
    `+${sha}:refs/cody/${name}`,
  ];
  const call = {
    remote: { serverUrl, ...(token === undefined ? {} : { token }) },
    timeoutMs: limits.timeoutMs,
    signal: AbortSignal.any([tooLarge.signal, ...(options.signal ? [options.signal] : [])]),
  };
  try {
    const fetch = () => git({ gitDir: options.gitDir }, args, call);
    await (token === undefined ? fetch() : withNewToken({ signal: call.signal }, fetch));
  } catch (error) {
    if (tooLarge.signal.aborted) throw tooMuch(`its objects take more than ${mebibytes(limits)}`);
    throw fetchFailure(error);
  } finally {
    done.abort();
    await watch;
  }
}

/** Looks at the growing pack until told that the fetch is done; git itself has no limit for a fetch. */
async function watchPack(
  gitDir: string,
  watch: { max: number; tooLarge: AbortController; done: AbortSignal },
): Promise<void> {
  while (!watch.done.aborted) {
    if ((await packBytes(gitDir)) > watch.max) watch.tooLarge.abort();
    await sleep(250, undefined, { signal: watch.done }).catch(() => undefined);
  }
}

async function packBytes(gitDir: string): Promise<number> {
  const folder = join(gitDir, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map(async (name) => {
    // git renames its temporary packs while we look.
    const found = await stat(join(folder, name)).catch(() => undefined);
    return found?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function assertFits(files: readonly TreeFile[], limits: CheckoutLimits): number {
  const bytes = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  if (files.length > limits.maxFiles)
    throw tooMuch(
      `it has ${String(files.length)} files, and ${String(limits.maxFiles)} are the limit`,
    );
  if (files.some(({ path }) => path.split('/').length > maxDepth))
    throw tooMuch(`it has folders in more than ${String(maxDepth)} folders`);
  if (bytes > limits.maxBytes) throw tooMuch(`its files take more than ${mebibytes(limits)}`);
  return bytes;
}

function tooMuch(why: string): UserError {
  return new UserError('too_large', `The repository is too large to work on: ${why}.`);
}

function mebibytes(limits: CheckoutLimits): string {
  return `${String(Math.round(limits.maxBytes / 1024 / 1024))} MiB`;
}
