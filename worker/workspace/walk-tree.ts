import type { Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { UserError } from '../../core/errors.ts';
import { createIgnoreRules, type IgnoreRules } from './ignored.ts';
import { isRepository, isUnstorable } from './nested-repository.ts';
import { enterPath, openTree, type TreeFolder } from './tree-folder.ts';

/** A file or a link that was met: where it stands, and what it is. Paths and names are bytes as latin1. */
export type Met = Readonly<{ path: string; name: string; folder: TreeFolder; stat: Stats }>;

/** What to walk. `tracked`: the paths of the base commit with their modes; the folder of a submodule is left alone. */
export type Walk = Readonly<{
  workTree: string;
  gitDir: string;
  tracked: ReadonlyMap<string, Readonly<{ mode: string }>>;
  /** Gets every tracked path that is there, and every other one that no ignore file names. */
  visit: (met: Met) => Promise<void> | undefined;
}>;

/**
 * What a walk left out: folders that are repositories of their own, submodules that are folders still, and what the
 * system did not let us read, where '' is the whole tree.
 */
export type Walked = Readonly<{
  nested: readonly string[];
  submodules: ReadonlySet<string>;
  refused: ReadonlySet<string>;
}>;

// As deep as a checkout may be; each level below costs git a call.
const MAX_DEPTH = 100;
const MAX_PATHS = 500_000;
// The system takes paths of 4,096 bytes with all that stands before them on a machine: limits.h, PATH_MAX.
const MAX_PATH_BYTES = 3_500;
const PAUSE_EVERY = 500;
const SUBMODULE = '160000';

/**
 * Walks a tree that others may be writing to, by folders that are held open: no link is followed, not even one that
 * takes a folder's place meanwhile. git sees nothing of the tree but copies of its ignore files.
 * Throws `UserError` `too_large` for a tree that is too deep, or has too many files or too long paths.
 */
export async function walkTree(walk: Walk): Promise<Walked> {
  const rules = await createIgnoreRules(walk.gitDir);
  const refused = new Set<string>();
  const root = openTree(walk.workTree, (path) => void refused.add(path));
  const submodules = new Set<string>();
  const nested: string[] = [];
  try {
    if (!root) return { nested, submodules, refused };
    const pause = createPause();
    const folders = foldersAbove(walk.tracked.keys());
    let open = await walkTracked({ walk, rules, folders, submodules, pause }, root, '');
    let met = 0;
    for (let depth = 0; open.length > 0; depth += 1) {
      met += open.length;
      assertFits(open, { depth, met });
      const kept = await rules.kept(open);
      const left = open.filter((path) => kept.has(path));
      open = [];
      for (const [parent, names] of byFolder(left)) {
        const below = await walkOthers({ walk, rules, nested, pause }, { root, parent, names });
        for (const path of below) open.push(path);
      }
    }
  } finally {
    root?.close();
    await rules.remove();
  }
  return { nested: nested.toSorted(), submodules, refused };
}

type Pause = () => Promise<void> | undefined;

type Tracked = Readonly<{
  walk: Walk;
  rules: IgnoreRules;
  folders: ReadonlySet<string>;
  submodules: Set<string>;
  pause: Pause;
}>;

/** Visits what is tracked in a folder and below; returns what else stands there, folders with a slash at their end. */
async function walkTracked(state: Tracked, folder: TreeFolder, path: string): Promise<string[]> {
  const { walk, rules, folders, submodules, pause } = state;
  const others: string[] = [];
  await rules.add(folder, path);
  for (const name of folder.names()) {
    await pause();
    const stat = isUnstorable(name) ? undefined : folder.look(name);
    if (!stat) continue;
    const full = path === '' ? name : `${path}/${name}`;
    const known = walk.tracked.get(full);
    if (stat.isDirectory()) {
      if (known?.mode === SUBMODULE) submodules.add(full);
      else if (folders.has(full)) others.push(...(await enterTracked(state, folder, full)));
      else others.push(`${full}/`);
    } else if (isFile(stat)) {
      const reading = known && walk.visit({ path: full, name, folder, stat });
      if (reading) await reading;
      if (!known && !isUnstorable(name, stat)) others.push(full);
    }
  }
  return others;
}

async function enterTracked(state: Tracked, from: TreeFolder, path: string): Promise<string[]> {
  const folder = from.enter(nameOf(path));
  if (!folder) return [];
  try {
    return await walkTracked(state, folder, path);
  } finally {
    folder.close();
  }
}

type Others = Readonly<{ walk: Walk; rules: IgnoreRules; nested: string[]; pause: Pause }>;
type Level = Readonly<{ root: TreeFolder; parent: string; names: readonly string[] }>;

/** Visits untracked files of one folder; returns what stands in its untracked folders. */
async function walkOthers(state: Others, { root, parent, names }: Level): Promise<string[]> {
  const folder = enterPath(root, parent);
  if (!folder) return [];
  const below: string[] = [];
  try {
    for (const name of names) {
      await state.pause();
      const path = parent === '' ? name : `${parent}/${name}`;
      if (name.endsWith('/')) below.push(...(await listOther(state, folder, path.slice(0, -1))));
      else await visitOther(state.walk, folder, path);
    }
  } finally {
    folder.close();
  }
  return below;
}

async function visitOther(walk: Walk, folder: TreeFolder, path: string): Promise<void> {
  const name = nameOf(path);
  const stat = folder.look(name);
  if (stat && isFile(stat)) await walk.visit({ path, name, folder, stat });
}

async function listOther(
  { rules, nested, pause }: Others,
  from: TreeFolder,
  path: string,
): Promise<string[]> {
  const folder = from.enter(nameOf(path));
  if (!folder) return [];
  const others: string[] = [];
  try {
    if (isRepository(folder)) {
      nested.push(`${Buffer.from(path, 'latin1').toString('utf8')}/`);
      return [];
    }
    await rules.add(folder, path);
    for (const name of folder.names()) {
      await pause();
      const stat = isUnstorable(name) ? undefined : folder.look(name);
      if (stat?.isDirectory()) others.push(`${path}/${name}/`);
      else if (stat && isFile(stat) && !isUnstorable(name, stat)) others.push(`${path}/${name}`);
    }
  } finally {
    folder.close();
  }
  return others;
}

function isFile(stat: Stats): boolean {
  return stat.isFile() || stat.isSymbolicLink();
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function foldersAbove(paths: Iterable<string>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end);
      if (folders.has(folder)) break;
      folders.add(folder);
    }
  }
  return folders;
}

/** Names by the folder that they stand in; a folder's name keeps its slash. */
function byFolder(paths: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of paths) {
    const cut = path.lastIndexOf('/', path.length - 2);
    const parent = path.slice(0, Math.max(cut, 0));
    const names = found.get(parent);
    if (names) names.push(path.slice(cut + 1));
    else found.set(parent, [path.slice(cut + 1)]);
  }
  return found;
}

/** `met`: how many new files and folders there are down to this depth. */
function assertFits(
  paths: readonly string[],
  { depth, met }: Readonly<{ depth: number; met: number }>,
): void {
  if (depth > MAX_DEPTH)
    throw new UserError(
      'too_large',
      `The changed files stand in more than ${String(MAX_DEPTH)} folders within folders.`,
    );
  if (paths.some((path) => path.length > MAX_PATH_BYTES))
    throw new UserError(
      'too_large',
      `The path of a new file is longer than ${String(MAX_PATH_BYTES)} bytes.`,
    );
  if (met > MAX_PATHS)
    throw new UserError(
      'too_large',
      `There are more than ${String(MAX_PATHS)} new files, more than a patch may hold.`,
    );
}

/** Lets others of this process have their turn now and then. */
function createPause(): Pause {
  let steps = 0;
  return () => {
    steps += 1;
    return steps % PAUSE_EVERY === 0 ? setImmediate(undefined) : undefined;
  };
}
