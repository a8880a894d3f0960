import { lstat, readFile, realpath } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { runProcess } from '../../core/process.ts';
import { CommandError } from './command-error.ts';

/** A person's checkout as it stands: its top folder, branch and commit. */
export type SourceFolder = Readonly<{
  top: string;
  name: string;
  branch: string;
  headSha: string;
}>;

/**
 * The person's own git in the person's own folder, with the person's settings.
 * Contract: only `apply` changes files there, and it changes all of its files or none.
 */
export type PersonsGit = Readonly<{
  /** Throws CommandError when the folder is not a checkout with a commit. */
  look: (folder: string) => Promise<SourceFolder>;
  /** True when no tracked file differs from HEAD. Untracked files do not count. */
  isClean: (top: string) => Promise<boolean>;
  /** Ignore rules that stand outside the tree, as paths of files that may be missing. */
  ignoreFiles: (top: string) => Promise<readonly string[]>;
  /** A file of the commit, or of the folder as it is now. */
  file: (which: WhichFile) => Promise<FoundFile>;
  /** Undefined when the patch was applied, else git's reason why it was not. */
  apply: (top: string, patchFile: string) => Promise<string | undefined>;
}>;

export type WhichFile = Readonly<{
  top: string;
  headSha: string;
  path: string;
  /** Look into the folder, not into the commit. */
  withChanges: boolean;
}>;

/** `other` is a folder, a link or anything else that is no plain file. */
export type FoundFile =
  Readonly<{ type: 'file'; text: string | Uint8Array }> | Readonly<{ type: 'missing' | 'other' }>;

type Env = Readonly<Record<string, string>>;

/** Binds git to an environment. */
export function createPersonsGit(env: Env): PersonsGit {
  const git = (folder: string, args: readonly string[]) => runGit(env, folder, args);
  return {
    look: (folder) => look(git, folder),
    async isClean(top) {
      const status = await git(top, ['status', '--porcelain', '--untracked-files=no']);
      if (!status.ok) throw new CommandError(`git status failed in ${top}: ${status.text}`);
      return status.text === '';
    },
    async ignoreFiles(top) {
      const own = await git(top, ['rev-parse', '--git-path', 'info/exclude']);
      const global = await git(top, ['config', '--path', '--get', 'core.excludesFile']);
      const home = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? '/', '.config');
      return [resolve(top, own.text), global.ok ? global.text : join(home, 'git', 'ignore')];
    },
    file: (which) => (which.withChanges ? fileInFolder(which) : fileInCommit(git, which)),
    async apply(top, patchFile) {
      const applied = await git(top, ['apply', '--whitespace=nowarn', '--', patchFile]);
      return applied.ok ? undefined : applied.text;
    },
  };
}

type Answer = Readonly<{ ok: boolean; text: string }>;
type Git = (folder: string, args: readonly string[]) => Promise<Answer>;

async function look(git: Git, folder: string): Promise<SourceFolder> {
  const top = await git(folder, ['rev-parse', '--show-toplevel']);
  if (!top.ok) {
    throw new CommandError(
      `${folder} is not a git checkout (${firstLine(top.text)}). Name one with --dir.`,
    );
  }
  const head = await git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (!head.ok) throw new CommandError(`${folder} has no commit yet: commit something first.`);
  const branch = await git(folder, ['symbolic-ref', '--quiet', '--short', 'HEAD']);
  const real = await realpath(top.text);
  return {
    top: real,
    name: basename(real) || 'repository',
    branch: branch.ok ? branch.text : 'HEAD',
    headSha: head.text,
  };
}

async function fileInFolder({ top, path }: WhichFile): Promise<FoundFile> {
  const found = await lstat(join(top, path)).catch(() => undefined);
  if (!found) return { type: 'missing' };
  if (!found.isFile()) return { type: 'other' };
  return { type: 'file', text: await readFile(join(top, path)) };
}

async function fileInCommit(git: Git, { top, headSha, path }: WhichFile): Promise<FoundFile> {
  const entry = await git(top, ['ls-tree', headSha, '--', `:(top)${path}`]);
  const [, mode, sha] = /^(\d+) \w+ ([0-9a-f]+)\t/.exec(entry.ok ? entry.text : '') ?? [];
  if (mode === undefined || sha === undefined) return { type: 'missing' };
  if (!mode.startsWith('100')) return { type: 'other' };
  return { type: 'file', text: (await git(top, ['cat-file', 'blob', sha])).text };
}

async function runGit(env: Env, folder: string, args: readonly string[]): Promise<Answer> {
  const result = await runProcess({
    command: 'git',
    args: ['-C', folder, ...args],
    // Looking must not write, not even a refreshed index.
    env: { ...env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    group: true,
  });
  const ok = result.exitCode === 0;
  const words = ok ? result.stdout.toString('utf8') : result.stderr.toString('utf8');
  return { ok, text: (result.error?.message ?? words).replace(/\n+$/, '') };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
