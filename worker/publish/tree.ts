import { z } from 'zod';
import type { Change, Changes } from '../workspace/changes.ts';
import { type StepDeps, type Target, repeatable } from './step.ts';

/** One entry of a `git/trees` request. `sha: null` deletes. */
export type TreeEntry = Readonly<{
  path: string;
  mode: '100644' | '100755' | '120000' | '160000';
  type: 'blob' | 'commit';
  sha?: string | null;
  content?: string;
}>;

/** GitHub gives a request ten seconds; requests of this size stay far below. */
const maxEntries = 300;
const maxRequestBytes = 4 * 1024 * 1024;

/** Longer texts go as blobs, so that one request never carries more than a few of them. */
const maxInlineBytes = 1024 * 1024;

const Sha = z.object({ sha: z.string() });

/**
 * Makes the changed tree on GitHub out of the base tree and returns its sha. Text travels inside the tree
 * requests, other bytes as blobs of their own. Throws a defect when GitHub's tree is not the one that git
 * computed here, so that what is published is exactly what was scanned.
 */
export async function createTree(
  deps: StepDeps,
  target: Target,
  changes: Changes,
): Promise<string> {
  const entries: TreeEntry[] = [];
  for (const change of changes.changes) entries.push(await toEntry(deps, target, change));
  let tree = changes.baseTree;
  for (const batch of treeBatches(entries)) {
    const { data } = await repeatable(deps, () =>
      deps.github.rest.git.createTree({ ...target, base_tree: tree, tree: [...batch] }),
    );
    tree = Sha.parse(data).sha;
  }
  if (tree !== changes.tree) throw new Error('GitHub made another tree than git did here');
  return tree;
}

/**
 * Splits entries into requests of at most 300 entries and 4 MiB, to be chained by `base_tree`. A deletion that
 * makes room for another entry (a file where a folder was, or the reverse) stands in an earlier request than it.
 */
export function treeBatches(entries: readonly TreeEntry[]): readonly (readonly TreeEntry[])[] {
  const isDeletion = (entry: TreeEntry) => entry.sha === null;
  const kept = entries.filter((entry) => !isDeletion(entry));
  const clash = createClashCheck(kept);
  const first = entries.filter((entry) => isDeletion(entry) && clash(entry.path));
  const later = entries.filter((entry) => isDeletion(entry) && !clash(entry.path));
  return [...inBatches(first), ...inBatches([...kept, ...later])];
}

function createClashCheck(kept: readonly TreeEntry[]): (path: string) => boolean {
  const files = new Set(kept.map((entry) => entry.path));
  const folders = new Set(kept.flatMap((entry) => parents(entry.path)));
  return (path) => folders.has(path) || parents(path).some((parent) => files.has(parent));
}

function parents(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

function inBatches(entries: readonly TreeEntry[]): TreeEntry[][] {
  const batches: TreeEntry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = Buffer.byteLength(entry.path) + Buffer.byteLength(entry.content ?? '') + 100;
    const last = batches.at(-1);
    if (last && last.length < maxEntries && bytes + size <= maxRequestBytes) {
      last.push(entry);
      bytes += size;
    } else {
      batches.push([entry]);
      bytes = size;
    }
  }
  return batches;
}

async function toEntry(deps: StepDeps, target: Target, change: Change): Promise<TreeEntry> {
  if (change.status === 'deleted') return deletion(change.path, change.previousMode);
  const entry = { path: change.path, mode: change.mode, type: 'blob' } as const;
  const content = inlineText(change.content);
  if (content !== undefined) return { ...entry, content };
  const { data } = await repeatable(deps, () =>
    deps.github.rest.git.createBlob({
      ...target,
      content: change.content.toString('base64'),
      encoding: 'base64',
    }),
  );
  if (Sha.parse(data).sha !== change.sha)
    throw new Error('GitHub made another blob than git did here');
  return { ...entry, sha: change.sha };
}

function deletion(path: string, previousMode: string): TreeEntry {
  return previousMode === '160000'
    ? { path, mode: '160000', type: 'commit', sha: null }
    : { path, mode: '100644', type: 'blob', sha: null };
}

/** The content as JSON can carry it without loss, or undefined. */
function inlineText(content: Buffer): string | undefined {
  if (content.length > maxInlineBytes || content.includes(0)) return undefined;
  const text = content.toString('utf8');
  return Buffer.from(text).equals(content) ? text : undefined;
}
