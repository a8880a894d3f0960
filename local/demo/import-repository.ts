import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runProcess } from '../../core/process.ts';

/** A repository outside of the demo: where git finds it, and its default branch. */
export type SourceRepository = Readonly<{ url: string; name: string; branch: string }>;

type Env = Readonly<Record<string, string>>;

/** How far back the history is taken: the product itself needs the newest commit only. */
const depth = 50;
const gitTimeoutMs = 10 * 60_000;

/** Looks a git URL or folder up. Throws Error with git's own words when it cannot be read or has no branch. */
export async function lookUpRepository(place: string, env: Env): Promise<SourceRepository> {
  const url = existsSync(place) ? pathToFileURL(resolve(place)).href : place;
  const output = await git(['ls-remote', '--symref', '--', url, 'HEAD'], env);
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(output)?.[1];
  if (branch === undefined) throw new Error(`${place}: the repository has no default branch`);
  return { url, name: repositoryName(place), branch };
}

/** Gives every repository a name of its own, in the order given. */
export function distinctNames(sources: readonly SourceRepository[]): readonly SourceRepository[] {
  const taken = new Set<string>();
  return sources.map((source) => {
    let name = source.name;
    for (let count = 2; taken.has(name.toLowerCase()); count += 1) name = `${source.name}-${count}`;
    taken.add(name.toLowerCase());
    return { ...source, name };
  });
}

/** Fetches the default branch into a bare repository. Throws Error with git's own words. */
export async function importInto(dir: string, source: SourceRepository, env: Env): Promise<void> {
  const branch = `+refs/heads/${source.branch}:refs/heads/${source.branch}`;
  await git(
    ['-C', dir, 'fetch', '--quiet', '--no-tags', `--depth=${depth}`, '--', source.url, branch],
    env,
  );
}

/** The last part of a URL or path, in the characters that GitHub allows in a repository's name. */
function repositoryName(place: string): string {
  const last = basename(place.replace(/[/\\]+$/, '').replace(/\.git$/, '')) || 'repository';
  const name = basename(resolve(last === '.' || last === '..' ? place : last))
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replaceAll(/^[.-]+|-+$/g, '')
    .slice(0, 80);
  return name === '' ? 'repository' : name;
}

async function git(args: readonly string[], env: Env): Promise<string> {
  const result = await runProcess(
    {
      command: 'git',
      args,
      // A source that asks for a password would wait for ever.
      env: { ...env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' },
    },
    { timeoutMs: gitTimeoutMs },
  );
  if (result.exitCode !== 0) {
    const words = result.error?.message ?? result.stderr.toString('utf8').trim();
    throw new Error(result.timedOut ? 'git did not end in time' : words.slice(0, 1_000));
  }
  return result.stdout.toString('utf8');
}
