import {
  ciCommands,
  isWorkflow,
  manifestFacts,
  manifestNames,
  toolchainNames,
} from './manifest.ts';
import { type Commit, filesOf } from './commit.ts';
import { type TreeFile, readBlobs } from './objects.ts';
import { git } from './git.ts';

/** About 5,000 tokens at four characters each. */
const maxCharacters = 20_000;

/** Only small files are read for the overview. */
const maxReadBytes = 256 * 1024;

/**
 * Describes the repository at a commit in at most 20,000 characters of plain text: size, languages, folders,
 * manifests, commands that CI runs, tool versions, biggest files, head commit. The same commit gives the same
 * text. Names in it are data of the repository. Throws `GitError`.
 */
export async function repositoryOverview(from: Commit): Promise<string> {
  const files = await filesOf(from);
  const subject = await git(from, ['show', '--no-patch', '--format=%h %s', from.sha]);
  const read = await readChosen(from, files);
  const sections = [
    section('Files', [counted(files)]),
    section('Head commit', [subject.toString('utf8').trim()]),
    section('Languages', languages(files)),
    section('Folders', folders(files)),
    section('Manifests', manifestFacts(read)),
    section('Commands in CI', ciCommands(read)),
    section('Biggest files', biggest(files)),
  ];
  return cut(sections.filter((text) => text !== '').join('\n\n'));
}

async function readChosen(
  from: Readonly<{ gitDir: string }>,
  files: readonly TreeFile[],
): Promise<ReadonlyMap<string, string>> {
  const chosen = files
    .filter((file) => file.mode !== '120000' && (file.size ?? Infinity) <= maxReadBytes)
    .filter(
      ({ path }) => isWorkflow(path) || manifestNames.has(base(path)) || toolchainNames.has(path),
    )
    .toSorted((a, b) => depth(a.path) - depth(b.path) || compare(a.path, b.path))
    .slice(0, 30);
  const blobs = await readBlobs(
    from,
    chosen.map((file) => file.sha),
  );
  return new Map(chosen.map((file, at) => [file.path, String(blobs[at])]));
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function counted(files: readonly TreeFile[]): string {
  const bytes = files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const modules = files.filter((file) => file.size === undefined).length;
  const note = modules === 0 ? '' : `, ${String(modules)} submodules (left empty)`;
  return `${String(files.length)} tracked, ${kibibytes(bytes)}${note}`;
}

function languages(files: readonly TreeFile[]): string[] {
  const byExtension = new Map<string, { count: number; bytes: number }>();
  for (const file of files) {
    const name = base(file.path);
    const dot = name.lastIndexOf('.');
    const key = dot > 0 ? name.slice(dot).toLowerCase() : '(none)';
    const sum = byExtension.get(key) ?? { count: 0, bytes: 0 };
    byExtension.set(key, { count: sum.count + 1, bytes: sum.bytes + (file.size ?? 0) });
  }
  return [...byExtension]
    .toSorted(([a, x], [b, y]) => y.bytes - x.bytes || compare(a, b))
    .slice(0, 12)
    .map(([key, sum]) => `${key} ${String(sum.count)} files, ${kibibytes(sum.bytes)}`);
}

/** Two levels of folders with the number of files below each; files of the root by name. */
function folders(files: readonly TreeFile[]): string[] {
  const below = new Map<string, number>();
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    const names = parts.length === 0 ? [path] : [parts[0], parts.slice(0, 2).join('/')];
    const keys = new Set(names.map((name) => (parts.length === 0 ? path : `${String(name)}/`)));
    for (const key of keys) below.set(key, (below.get(key) ?? 0) + 1);
  }
  const all = [...below].toSorted(([a], [b]) => compare(a, b));
  const shown = all
    .slice(0, 150)
    .map(([key, count]) => (key.endsWith('/') ? `${plain(key)} (${String(count)})` : plain(key)));
  return all.length > 150 ? [...shown, `and ${String(all.length - 150)} more`] : shown;
}

function biggest(files: readonly TreeFile[]): string[] {
  return files
    .toSorted((a, b) => (b.size ?? 0) - (a.size ?? 0) || compare(a.path, b.path))
    .slice(0, 8)
    .map((file) => `${plain(file.path)} ${kibibytes(file.size ?? 0)}`);
}

function cut(text: string): string {
  if (text.length <= maxCharacters) return text;
  const note = '\n(cut here)';
  const end = text.lastIndexOf('\n', maxCharacters - note.length);
  return text.slice(0, end) + note;
}

/** A name with control characters would break the line it stands on. */
function plain(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name;
}

function kibibytes(bytes: number): string {
  return bytes < 1024 ? `${String(bytes)} B` : `${String(Math.round(bytes / 1024))} KiB`;
}

function base(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function depth(path: string): number {
  return path.split('/').length;
}

/** By code unit: the same on every machine. */
function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
