import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { collectChanges } from '../../../worker/workspace/changes.ts';
import { checkout } from '../../../worker/workspace/checkout.ts';
import { canaries, plantedDeep } from '../canaries.ts';
import { type CaseOf, verdict, type Verdict } from '../case.ts';
import { createLeakFinder } from '../oracle/leaks.ts';
import { differences, witness } from '../oracle/witness.ts';

type RepositoryCase = CaseOf<'repository'>;

const mebibyte = 1024 * 1024;

/** A hostile repository is checked out and, after a hostile job, turned into a patch. */
export async function playRepository(given: RepositoryCase): Promise<Verdict> {
  const root = mkdtempSync(join(tmpdir(), 'cody-threats-'));
  try {
    return await play(root, plantedDeep(given, { marker: join(root, 'marker'), root }));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function play(root: string, one: RepositoryCase): Promise<Verdict> {
  writeFileSync(join(root, 'secret'), canaries.neighbour);
  mkdirSync(join(root, 'beside'));
  writeFileSync(join(root, 'beside', 'secret'), canaries.neighbour);
  const sha = createRepository(join(root, 'server', 'acme', 'web.git'), one);
  const place = { gitDir: join(root, 'git'), workTree: join(root, 'tree') };
  const looked = () => witness(root, [place.gitDir, place.workTree]);
  const before = looked();
  const problems: string[] = [];
  const escapes: string[] = [];
  let patch = '';
  const ended = await checkout({
    serverUrl: `file://${join(root, 'server')}`,
    repository: { owner: 'acme', name: 'web' },
    sha,
    ...place,
    limits: {
      maxBytes: one.limits?.bytes ?? 50 * mebibyte,
      maxFiles: one.limits?.files ?? 10_000,
      timeoutMs: 60_000,
    },
  }).then(
    () => 'checked_out' as const,
    () => 'refused' as const,
  );
  if (one.outcome !== 'either' && ended !== one.outcome) problems.push(`was ${ended}`);
  if (ended === 'checked_out') {
    escapes.push(...standing(place.workTree, one));
    work(place.workTree, one);
    const changes = await collectChanges({ ...place, baseSha: sha }).catch(() => undefined);
    patch = changes ? changes.diff.toString('latin1') : '';
    const published = changes?.changes.map(({ path }) => path) ?? [];
    const strange = one.unpublished.filter((path) => published.includes(path));
    escapes.push(...strange.map((path) => `${path} is in the patch`));
  }
  return verdict('repository', one.id, {
    leaks: createLeakFinder()(patch),
    escapes: [...escapes, ...differences(before, looked()).map((what) => `outside: ${what}`)],
    problems,
  });
}

/** What must not be there, or has other bytes than the commit. */
function standing(workTree: string, one: RepositoryCase): string[] {
  return [
    ...one.absent
      .filter((path) => existsSync(join(workTree, path)))
      .map((path) => `${path} is there`),
    ...one.exact
      .filter((path) => readFileSync(join(workTree, path), 'utf8') !== one.files[path])
      .map((path) => `${path} has other bytes`),
  ];
}

/** What a job that was taken over leaves in its work tree. */
function work(workTree: string, one: RepositoryCase): void {
  for (const [path, text] of Object.entries(one.later)) {
    const file = join(workTree, path);
    if (path.endsWith('/')) {
      mkdirSync(file, { recursive: true });
      personGit(file, 'init', '--quiet', '-b', 'main');
      for (const line of text.split('\n').filter(Boolean)) {
        const [key = '', ...value] = line.split('=');
        personGit(file, 'config', key, value.join('='));
      }
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text, { mode: 0o755 });
    }
  }
  for (const [path, target] of Object.entries(one.later_links)) {
    rmSync(join(workTree, path), { recursive: true, force: true });
    mkdirSync(dirname(join(workTree, path)), { recursive: true });
    symlinkSync(target, join(workTree, path));
  }
}

/** Writes the objects one by one: no command of git would take some of them. */
function createRepository(bare: string, one: RepositoryCase): string {
  mkdirSync(bare, { recursive: true });
  personGit(bare, 'init', '--quiet', '--bare', '-b', 'main', '.');
  personGit(bare, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
  const index = join(bare, 'index');
  const blob = (text: string) => input(bare, text, 'hash-object', '-w', '--stdin');
  const lines = [
    ...Object.entries(one.files).map(
      ([path, text]) =>
        `${one.executable.includes(path) ? '100755' : '100644'} ${blob(text)}\t${path}`,
    ),
    ...Object.entries(one.links).map(([path, target]) => `120000 ${blob(target)}\t${path}`),
  ];
  const env = { GIT_INDEX_FILE: index };
  if (lines.length > 0)
    input(bare, `${lines.join('\0')}\0`, { env }, 'update-index', '-z', '--add', '--index-info');
  else input(bare, '', { env }, 'read-tree', '--empty');
  const tree = input(bare, '', { env }, 'write-tree');
  const whole = one.raw.length === 0 ? tree : withRaw(bare, tree, one);
  const commit = [
    `tree ${whole}`,
    'author person <person@example.com> 1700000000 +0000',
    'committer person <person@example.com> 1700000000 +0000',
    '',
    'state\n',
  ].join('\n');
  const sha = input(bare, commit, 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin');
  personGit(bare, 'update-ref', 'refs/heads/main', sha);
  return sha;
}

/** The tree with further entries at its end, whatever they are. */
function withRaw(bare: string, tree: string, one: RepositoryCase): string {
  const start = spawnSync('git', ['cat-file', 'tree', tree], { cwd: bare, env: person }).stdout;
  const entries = one.raw.map(({ mode, name, content }) => {
    const sha =
      mode === '160000'
        ? '1'.repeat(40)
        : mode === '40000'
          ? subtree(bare, content)
          : input(bare, content, 'hash-object', '-w', '--stdin');
    return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(sha, 'hex')]);
  });
  const bytes = Buffer.concat([start, ...entries]);
  return input(bare, bytes, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
}

/** A folder with one file: `name=text`. */
function subtree(bare: string, content: string): string {
  const [name = '', text = ''] = content.split(/=(.*)/s);
  const sha = input(bare, text, 'hash-object', '-w', '--stdin');
  const bytes = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(sha, 'hex')]);
  return input(bare, bytes, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
}

const person = {
  PATH: '/usr/local/bin:/usr/bin:/bin',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function personGit(cwd: string, ...args: string[]): string {
  return input(cwd, '', ...args);
}

type Env = Readonly<{ env: Readonly<Record<string, string>> }>;

function input(cwd: string, text: string | Buffer, ...given: (string | Env)[]): string {
  const args = given.filter((one) => typeof one === 'string');
  const more = given.find((one) => typeof one !== 'string')?.env ?? {};
  const result = spawnSync('git', args, { cwd, input: text, env: { ...person, ...more } });
  if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${String(result.stderr)}`);
  return String(result.stdout).trim();
}
