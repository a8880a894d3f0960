import { git } from './git.ts';
import { readBlobs } from './objects.ts';
import { type WorkTree, splitNul, writeWorkTree } from './work-tree.ts';

/** Modes that git knows for files: plain, executable, symbolic link. */
export const fileModes = ['100644', '100755', '120000'] as const;
export type FileMode = (typeof fileModes)[number];

/** One changed file. `content` is what the file, or the link's target, holds now. */
export type Change = Readonly<
  {
    path: string;
    /** False when the name is not UTF-8; `path` then shows the odd bytes as U+FFFD. */
    utf8: boolean;
    sha: string;
  } & (
    | { status: 'added'; mode: FileMode; content: Buffer }
    | { status: 'modified'; mode: FileMode; previousMode: string; content: Buffer }
    | { status: 'deleted'; previousMode: string }
  )
>;

/** What differs between the base commit and the work tree. Trees are shas that git computed. */
export type Changes = Readonly<{
  baseSha: string;
  baseTree: string;
  tree: string;
  changes: readonly Change[];
  /** Unified diff that `git apply` takes, binary files included. */
  diff: Buffer;
  stat: Readonly<{ files: number; additions: number; deletions: number }>;
  /** Folders left out because they are git repositories of their own. */
  skipped: readonly string[];
}>;

/** A patch beyond this many bytes of content is not collected at all. */
const defaultMaxBytes = 100 * 1024 * 1024;

/**
 * Compares the work tree with the base commit by the trusted git directory. To be called when every process that
 * can write the tree is dead. Throws `UserError` `too_large` beyond `maxBytes` of changed content, else `GitError`.
 */
export async function collectChanges(
  from: WorkTree & Readonly<{ maxBytes?: number }>,
): Promise<Changes> {
  const maxBytes = from.maxBytes ?? defaultMaxBytes;
  const place = { gitDir: from.gitDir };
  const { tree, skipped } = await writeWorkTree(from, maxBytes);
  const baseTree = await git(place, ['rev-parse', `${from.baseSha}^{tree}`]);
  const range = [from.baseSha, tree];
  const raw = await git(place, [
    'diff-tree',
    ...diffOptions,
    '--raw',
    '--no-renames',
    '-z',
    ...range,
  ]);
  const numbers = await git(place, [
    'diff-tree',
    ...diffOptions,
    '--numstat',
    '--no-renames',
    ...range,
  ]);
  const diff = await git(
    place,
    ['diff-tree', ...diffOptions, '--patch', '--binary', '--find-renames', ...range],
    { maxOutputBytes: 4 * maxBytes },
  );
  const changes = await withContent(place, parseRaw(raw), maxBytes);
  return {
    baseSha: from.baseSha,
    baseTree: baseTree.toString('utf8').trim(),
    tree,
    changes,
    diff,
    stat: { files: changes.length, ...sumNumstat(numbers) },
    skipped,
  };
}

const diffOptions = [
  '-r',
  '--full-index',
  '--no-abbrev',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--ignore-submodules=none',
  '--src-prefix=a/',
  '--dst-prefix=b/',
] as const;

type RawChange = Readonly<{
  path: Buffer;
  previousMode: string;
  mode: string;
  previousSha: string;
  sha: string;
}>;

/** Records of `git diff-tree --raw -z`: `:mode mode sha sha letter`, NUL, path, NUL. */
function parseRaw(raw: Buffer): RawChange[] {
  const parts = splitNul(raw);
  const changes: RawChange[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [previousMode = '', mode = '', previousSha = '', sha = ''] = String(parts[at])
      .slice(1)
      .split(' ');
    changes.push({ path: parts[at + 1] ?? Buffer.alloc(0), previousMode, mode, previousSha, sha });
  }
  return changes;
}

const absent = '000000';

async function withContent(
  place: { gitDir: string },
  raw: readonly RawChange[],
  maxBytes: number,
): Promise<readonly Change[]> {
  const present = raw.filter((change) => change.mode !== absent);
  const contents = await readBlobs(
    place,
    present.map((change) => change.sha),
    2 * maxBytes,
  );
  const bytes = new Map(present.map((change, index) => [change, contents[index]]));
  return raw.map((change) => toChange(change, bytes.get(change)));
}

function toChange(change: RawChange, content: Buffer | undefined): Change {
  const path = change.path.toString('utf8');
  const named = { path, utf8: Buffer.from(path).equals(change.path) };
  if (!content)
    return {
      ...named,
      status: 'deleted',
      sha: change.previousSha,
      previousMode: change.previousMode,
    };
  const mode = fileModes.find((known) => known === change.mode);
  if (!mode) throw new Error(`A changed file has mode ${change.mode}, which is not a file's`);
  const now = { ...named, sha: change.sha, mode, content };
  return change.previousMode === absent
    ? { ...now, status: 'added' }
    : { ...now, status: 'modified', previousMode: change.previousMode };
}

/** Binary files count no lines: numstat shows `-` for them. */
function sumNumstat(numbers: Buffer): { additions: number; deletions: number } {
  let additions = 0;
  let deletions = 0;
  for (const line of numbers.toString('latin1').split('\n')) {
    const [added = '', deleted = ''] = line.split('\t');
    additions += Number.parseInt(added, 10) || 0;
    deletions += Number.parseInt(deleted, 10) || 0;
  }
  return { additions, deletions };
}
