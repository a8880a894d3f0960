import { z } from 'zod';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { Changes } from '../workspace/changes.ts';
import { nameCollisions } from '../workspace/name-collisions.ts';
import { type GateFile, linesOf } from './gate/gate-file.ts';
import { isManifest } from './gate/manifest-rules.ts';
import { type StepDeps, type Target, runStep } from './step.ts';

/** Which change: from where the head left the base, to the head. */
type Range = Readonly<{ base: string; head: string; changes: Changes }>;

/** All that a pull request changes, and the files of which more would have to be read than is. */
export type WholeChange = Readonly<{ files: readonly GateFile[]; unread: readonly string[] }>;

const Comparison = z.object({
  merge_base_commit: z.object({ commit: z.object({ tree: z.object({ sha: z.string() }) }) }),
  files: z
    .array(
      z.object({
        filename: z.string(),
        previous_filename: z.string().optional(),
        patch: z.string().optional(),
      }),
    )
    .default([]),
});
type Compared = z.infer<typeof Comparison>['files'][number];

const Tree = z.object({
  truncated: z.boolean().default(false),
  tree: z.array(
    z.object({ path: z.string(), mode: z.string(), sha: z.string(), size: z.number().nullish() }),
  ),
});
type Entry = z.infer<typeof Tree>['tree'][number];
type Listing = ReadonlyMap<string, Entry>;

const maxBlobs = 100;
const maxBlobBytes = 5 * 1024 * 1024;
const defaultReads = { ms: 60_000, bytes: 20 * 1024 * 1024 };

/**
 * Returns what a pull request with this head changes as a whole, as GitHub tells it: what it shows as a patch, and for
 * at most 100 files their content, while its time and bytes last. Undefined when the repository is too large to be listed, or the two have nothing in
 * common. Throws what `runStep` throws.
 */
export async function wholeChange(
  given: StepDeps,
  target: Target,
  range: Range,
): Promise<WholeChange | undefined> {
  const { ms, bytes } = given.flagReads ?? defaultReads;
  const late = AbortSignal.timeout(ms);
  const deps = { ...given, stop: given.stop ? AbortSignal.any([given.stop, late]) : late };
  const compared = await runStep(deps, () => compare(deps, target, range));
  if (!compared) return undefined;
  const base = compared.merge_base_commit.commit.tree.sha;
  const before = await runStep(deps, () => list(deps, target, base));
  const now = await runStep(deps, () => list(deps, target, range.changes.tree));
  if (!before || !now) return undefined;
  const patches = new Map(compared.files.map((file) => [file.filename, file]));
  const texts = createReader(deps, target, { changes: range.changes, bytes, late });
  const collisions = new Set(collisionsOf(before, now));
  const files: GateFile[] = [];
  const unread: string[] = [];
  for (const path of changedPaths(before, now)) {
    const known = sidesOf(path, { before, now, patch: patches.get(path) });
    const wanted = needsContent(path, known);
    const content = wanted ? await texts(known.now) : undefined;
    if (wanted && !content) unread.push(path);
    // Where GitHub shows no patch of a text, all its lines count as new ones.
    const added = known.file.hunks ? known.file.added : linesOf(content);
    files.push({ path, ...known.file, added, content, collides: collisions.has(path) });
  }
  return { files, unread };
}

async function compare(deps: StepDeps, target: Target, { base, head }: Range) {
  try {
    const basehead = `${base}...${head}`;
    const { data } = await deps.github.rest.repos.compareCommitsWithBasehead({
      ...target,
      basehead,
      per_page: 1,
    });
    return Comparison.parse(data);
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}

/** All files of a tree; undefined when GitHub does not list them all. */
async function list(deps: StepDeps, target: Target, sha: string): Promise<Listing | undefined> {
  const { data } = await deps.github.rest.git.getTree({ ...target, tree_sha: sha, recursive: '1' });
  const { truncated, tree } = Tree.parse(data);
  if (truncated) return undefined;
  const files = tree.filter(({ mode }) => mode !== '040000');
  return new Map(files.map((entry) => [entry.path, entry]));
}

function changedPaths(before: Listing, now: Listing): readonly string[] {
  const all = new Set([...before.keys(), ...now.keys()]);
  return [...all].filter((path) => {
    const [was, is] = [before.get(path), now.get(path)];
    return was?.sha !== is?.sha || was?.mode !== is?.mode;
  });
}

function collisionsOf(before: Listing, now: Listing): readonly string[] {
  const added = [...now.keys()].filter((path) => !before.has(path));
  const deleted = [...before.keys()].filter((path) => !now.has(path));
  return nameCollisions({ now: [...now.keys()], added, deleted });
}

type Sides = Readonly<{
  now: Entry | undefined;
  file: Pick<GateFile, 'mode' | 'modeBefore' | 'size' | 'added' | 'hunks'>;
}>;

function sidesOf(
  path: string,
  from: Readonly<{ before: Listing; now: Listing; patch: Compared | undefined }>,
): Sides {
  const [was, now] = [from.before.get(path), from.now.get(path)];
  const source = was ?? from.before.get(from.patch?.previous_filename ?? '');
  const hunks = source?.sha === now?.sha ? [] : from.patch?.patch?.split('\n');
  const added = (hunks ?? []).filter((line) => line.startsWith('+')).map((line) => line.slice(1));
  const size = now?.size ?? 0;
  return { now, file: { mode: now?.mode, modeBefore: was?.mode, size, added, hunks } };
}

/** Manifests and links are read; a file without a patch is read to see whether it is a text. */
function needsContent(path: string, { now, file }: Sides): boolean {
  if (!now || now.mode === '160000') return false;
  return isManifest(path) || now.mode === '120000' || file.hunks === undefined;
}

/** What this commit brings is here already, and each blob is read once. */
function createReader(
  deps: StepDeps,
  target: Target,
  given: Readonly<{ changes: Changes; bytes: number; late: AbortSignal }>,
) {
  const known = new Map<string, Buffer>();
  for (const change of given.changes.changes)
    if (change.status !== 'deleted') known.set(change.sha, change.content);
  let left = maxBlobs;
  let leftBytes = given.bytes;
  return async (entry: Entry | undefined): Promise<Buffer | undefined> => {
    const here = entry && (entry.size === 0 ? Buffer.alloc(0) : known.get(entry.sha));
    if (!entry || here) return here;
    const size = entry.size ?? 0;
    if (left === 0 || size > Math.min(maxBlobBytes, leftBytes) || given.late.aborted)
      return undefined;
    left -= 1;
    leftBytes -= size;
    const read = await runStep(deps, () => readBlob(deps, target, entry.sha));
    known.set(entry.sha, read);
    return read;
  };
}

const Blob = z.object({ content: z.string() });

async function readBlob(deps: StepDeps, target: Target, file_sha: string): Promise<Buffer> {
  const { data } = await deps.github.rest.git.getBlob({ ...target, file_sha });
  return Buffer.from(Blob.parse(data).content, 'base64');
}
