import type { Git } from './git.ts';

/** One changed file, in the words of GitHub's diff entries. */
export type FileDiff = Readonly<{
  filename: string;
  previousFilename: string | null;
  status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** The blob after the change, or before it when the file was removed. */
  sha: string;
  additions: number;
  deletions: number;
  /** The hunks; null for binary files and pure renames. */
  patch: string | null;
}>;

type Range = Readonly<{ from: string; to: string }>;

/** The changed files between two trees or commits, in path order. */
export async function diffFiles(git: Git, dir: string, range: Range): Promise<FileDiff[]> {
  const diff = async (...flags: string[]) =>
    (
      await git.run(dir, ['diff', '-M', '--no-color', ...flags, range.from, range.to])
    ).stdout.toString('utf8');
  const [list, patches] = await Promise.all([
    diff('--raw', '--numstat', '-z', '--abbrev=40'),
    diff('--patch', '--full-index'),
  ]);
  const parts = list.split('\0');
  const { files, end } = parseRaw(parts);
  const numbers = parseCounts(parts.slice(end));
  const hunks = parsePatches(patches);
  return files.map((file, index) => ({
    ...file,
    additions: numbers[index]?.additions ?? 0,
    deletions: numbers[index]?.deletions ?? 0,
    patch: hunks[index] ?? null,
  }));
}

/** The whole difference as text, as the `diff` media type gives it. */
export async function diffText(git: Git, dir: string, range: Range): Promise<Buffer> {
  return (await git.run(dir, ['diff', '-M', '--no-color', range.from, range.to])).stdout;
}

/** The commits between two points as mails, as the `patch` media type gives them. */
export async function patchText(git: Git, dir: string, range: Range): Promise<Buffer> {
  const spec = `${range.from}..${range.to}`;
  return (await git.run(dir, ['format-patch', '--stdout', '--no-color', spec])).stdout;
}

/** The best common ancestor, or undefined for unrelated histories. */
export async function mergeBase(git: Git, dir: string, range: Range): Promise<string | undefined> {
  const out = await git.run(dir, ['merge-base', range.from, range.to], { accept: [0, 1] });
  return out.stdout.toString('utf8').split('\n')[0] || undefined;
}

/** Whether two commits merge without a conflict, and the tree that it gives. */
export async function tryMerge(
  git: Git,
  dir: string,
  range: Range,
): Promise<{ clean: boolean; tree: string }> {
  const out = await git.run(dir, ['merge-tree', '--write-tree', range.from, range.to], {
    accept: [0, 1],
  });
  return { clean: out.exitCode === 0, tree: out.stdout.toString('utf8').split('\n')[0] ?? '' };
}

type RawFile = Pick<FileDiff, 'filename' | 'previousFilename' | 'status' | 'sha'>;

/** The raw records, which git prints first, and where the numbers begin. */
function parseRaw(parts: readonly string[]): { files: RawFile[]; end: number } {
  const files: RawFile[] = [];
  let at = 0;
  while (parts[at]?.startsWith(':')) {
    const [, , before = '', after = '', letter = ''] = (parts[at] ?? '').split(' ');
    const first = parts[at + 1] ?? '';
    const moved = letter.startsWith('R') || letter.startsWith('C');
    const filename = moved ? (parts[at + 2] ?? '') : first;
    files.push({
      filename,
      previousFilename: moved ? first : null,
      status: statusOf(letter),
      sha: letter === 'D' ? before : after,
    });
    at += moved ? 3 : 2;
  }
  return { files, end: at };
}

function statusOf(letter: string): FileDiff['status'] {
  if (letter.startsWith('A')) return 'added';
  if (letter.startsWith('D')) return 'removed';
  if (letter.startsWith('R')) return 'renamed';
  if (letter.startsWith('C')) return 'copied';
  return letter.startsWith('T') ? 'changed' : 'modified';
}

function parseCounts(parts: readonly string[]): { additions: number; deletions: number }[] {
  const numbers: { additions: number; deletions: number }[] = [];
  for (let at = 0; at + 1 < parts.length;) {
    const [added = '', deleted = '', name = ''] = (parts[at] ?? '').split('\t');
    numbers.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0 });
    // A rename leaves the name empty and puts both names into the next two parts.
    at += name === '' ? 3 : 1;
  }
  return numbers;
}

function parsePatches(patches: string): (string | null)[] {
  return patches
    .split(/^(?=diff --git )/m)
    .filter((part) => part !== '')
    .map((part) => {
      const start = part.search(/^@@ /m);
      return start < 0 ? null : part.slice(start).replace(/\n$/, '');
    });
}
