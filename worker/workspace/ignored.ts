import { closeSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, git } from './git.ts';
import { readWhole } from './read-content.ts';
import type { TreeFolder } from './tree-folder.ts';

/** An ignore file of more bytes than this is not heeded. */
const maxRuleBytes = 1024 * 1024;

/**
 * A folder of ours that has the ignore files of an untrusted tree and nothing else of it, for git to read. Paths are
 * bytes as latin1.
 */
export type IgnoreRules = Readonly<{
  folder: string;
  /** Takes the ignore file of a folder over, where it is a regular one. */
  add: (from: TreeFolder, path: string) => Promise<void>;
  /** Those of the paths that the rules do not name; a folder ends with a slash. Throws `GitError`. */
  kept: (paths: readonly string[]) => Promise<ReadonlySet<string>>;
  remove: () => Promise<void>;
}>;

/** Starts with the rules of the git directory itself, which has some where a person's own git had them. */
export async function createIgnoreRules(gitDir: string): Promise<IgnoreRules> {
  const folder = await mkdtemp(join(gitDir, 'ignore-'));
  let empty = !(await hasOwnRules(gitDir));
  return {
    folder,
    add: async (from, path) => {
      const rules = rulesIn(from);
      if (rules === undefined) return;
      empty = false;
      const own = bytesOf(path === '' ? folder : `${folder}/${path}`);
      await mkdir(own, { recursive: true });
      await writeFile(Buffer.concat([own, Buffer.from('/.gitignore')]), rules);
    },
    kept: async (paths) => {
      if (empty || paths.length === 0) return new Set(paths);
      // Rules may be for folders only, and git looks whether it is one.
      for (const path of paths.filter((one) => one.endsWith('/')))
        await mkdir(bytesOf(`${folder}/${path}`), { recursive: true });
      return keptOf({ gitDir, workTree: folder }, paths);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Returns whether a line of the file that git makes with each directory is more than a comment. */
async function hasOwnRules(gitDir: string): Promise<boolean> {
  // A file that is missing has no rules.
  const text = await readFile(join(gitDir, 'info', 'exclude'), 'utf8').catch(() => '');
  return text.split('\n').some((line) => line !== '' && !line.startsWith('#'));
}

function rulesIn(from: TreeFolder): Buffer | undefined {
  const stat = from.look('.gitignore');
  const file = stat?.isFile() ? from.open('.gitignore') : undefined;
  if (!file) return undefined;
  try {
    return file.stat.size > maxRuleBytes ? undefined : readWhole(file);
  } finally {
    closeSync(file.descriptor);
  }
}

/** A folder is asked for without its slash: with it, a rule such as `*` would be tried on an empty name. */
async function keptOf(
  place: Readonly<{ gitDir: string; workTree: string }>,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  // A name may begin with what means something to git, such as `:(top)`.
  const asked = new Map(paths.map((path) => [`./${path.replace(/\/$/, '')}`, path]));
  const input = bytesOf([...asked.keys()].map((path) => `${path}\0`).join(''));
  const args = ['check-ignore', '--no-index', '--stdin', '-z'];
  const kept = new Set(paths);
  try {
    const ignored = await git(place, args, { input, maxOutputBytes: input.length + 4096 });
    for (const path of ignored.toString('latin1').split('\0')) kept.delete(asked.get(path) ?? '');
  } catch (error) {
    // It ends with 1 when it names nothing.
    if (!(error instanceof GitError) || error.exitCode !== 1) throw error;
  }
  return kept;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
