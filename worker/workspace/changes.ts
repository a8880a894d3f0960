import { git } from './git.ts';
import { nameCollisions } from './name-collisions.ts';
import { readTreeAndBlobs } from './objects.ts';
import { type WorkTree, splitNul, type WrittenTree, writeWorkTree } from './work-tree.ts';

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
  /** Folders left out because they are git repositories of their own, and what may not be read. */
  skipped: readonly string[];
  /** Added paths that differ from another one by case or Unicode form only. */
  collisions?: readonly string[];
}>;

/** A patch beyond this many bytes of content is not collected at all. */
const defaultMaxBytes = 100 * 1024 * 1024;

type Compared = WorkTree & Readonly<{ maxBytes?: number }>;

/**
 * Compares the work tree with the base commit by the trusted git directory. To be called when every process that
 * can write the tree is dead. Throws `UserError` `too_large` beyond `maxBytes` of changed content, else `GitError`.
 */
export async function collectChanges(from: Compared): Promise<Changes> {
  return createCollector(from)();
}

/** Returns a `collectChanges` that compares nothing again while the work tree is what it was at the last call. */
export function createCollector(from: Compared): () => Promise<Changes> {
  let last: Changes | undefined;
  return async () => {
    const written = await writeWorkTree(from, from.maxBytes ?? defaultMaxBytes);
    last =
      last?.tree === written.tree
        ? { ...last, skipped: written.skipped }
        : await compareTree(from, written);
    return last;
  };
}

/** Compares a tree that was written before with the base commit. Throws `GitError`. */
export async function compareTree(
  from: Pick<Compared, 'gitDir' | 'baseSha' | 'maxBytes'>,
  { tree, skipped }: WrittenTree,
): Promise<Changes> {
  const { gitDir, baseSha, maxBytes = defaultMaxBytes } = from;
  const place = { gitDir };
  const range = [baseSha, tree];
  const listing = await git(place, [
    'diff-tree',
    ...diffOptions,
    '--raw',
    '--numstat',
    '--no-renames',
    '-z',
    ...range,
  ]);
  const { raw, numbers } = parseListing(listing);
  const diff =
    raw.length === 0
      ? Buffer.alloc(0)
      : await git(
          place,
          ['diff-tree', ...diffOptions, '--patch', '--binary', '--find-renames', ...range],
          { maxOutputBytes: 4 * maxBytes },
        );
  const { baseTree, changes } = await withContent(place, { baseSha, raw, maxBytes });
  return {
    baseSha,
    baseTree,
    tree,
    changes,
    diff,
    stat: { files: changes.length, ...sumNumstat(numbers) },
    skipped,
    collisions: await collisionsIn(place, tree, changes),
  };
}

async function collisionsIn(
  place: Readonly<{ gitDir: string }>,
  tree: string,
  changes: readonly Change[],
): Promise<readonly string[]> {
  const paths = (status: Change['status']) =>
    changes.filter((change) => change.status === status).map(({ path }) => path);
  const added = paths('added');
  if (added.length === 0) return [];
  const listing = await git(place, ['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree], {
    maxOutputBytes: 512 * 1024 * 1024,
  });
  const now = splitNul(listing).map((path) => path.toString('utf8'));
  return nameCollisions({ now, added, deleted: paths('deleted') });
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

type Listing = Readonly<{ raw: readonly RawChange[]; numbers: readonly string[] }>;

/**
 * The output of `git diff-tree --raw --numstat -z`: records `:mode mode sha sha letter`, NUL, path, NUL, and behind
 * them `added<tab>deleted<tab>path`, NUL for each.
 */
function parseListing(listing: Buffer): Listing {
  const parts = splitNul(listing);
  const raw: RawChange[] = [];
  let at = 0;
  for (; parts[at]?.at(0) === 0x3a; at += 2) {
    const [previousMode = '', mode = '', previousSha = '', sha = ''] = String(parts[at])
      .slice(1)
      .split(' ');
    raw.push({ path: parts[at + 1] ?? Buffer.alloc(0), previousMode, mode, previousSha, sha });
  }
  return { raw, numbers: parts.slice(at).map((line) => line.toString('latin1')) };
}

const absent = '000000';

async function withContent(
  place: { gitDir: string },
  listed: Readonly<{ baseSha: string; raw: readonly RawChange[]; maxBytes: number }>,
): Promise<Pick<Changes, 'baseTree' | 'changes'>> {
  const { baseSha, raw, maxBytes } = listed;
  const present = raw.filter((change) => change.mode !== absent);
  const { tree, blobs } = await readTreeAndBlobs(
    place,
    { commit: baseSha, shas: present.map((change) => change.sha) },
    2 * maxBytes,
  );
  const bytes = new Map(present.map((change, index) => [change, blobs[index]]));
  return { baseTree: tree, changes: raw.map((change) => toChange(change, bytes.get(change))) };
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
function sumNumstat(numbers: readonly string[]): { additions: number; deletions: number } {
  let additions = 0;
  let deletions = 0;
  for (const line of numbers) {
    const [added = '', deleted = ''] = line.split('\t');
    additions += Number.parseInt(added, 10) || 0;
    deletions += Number.parseInt(deleted, 10) || 0;
  }
  return { additions, deletions };
}
