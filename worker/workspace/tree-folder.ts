import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  type Stats,
} from 'node:fs';

/** An open regular file. The caller closes it. */
export type TreeFile = Readonly<{ descriptor: number; stat: Stats }>;

/** Is told the path, below the root, of each file or folder that the system does not let us read. */
export type OnRefused = (path: string) => void;

/**
 * An open folder of a tree that others may be writing to. Names are bytes, one per character (latin1). What is asked of
 * it concerns this very folder, whatever has taken its place meanwhile: no link is followed, and nothing blocks. What may
 * not be read is as if it were not there, and `OnRefused` is told.
 */
export type TreeFolder = Readonly<{
  /** The names in it; none where it may not be listed. */
  names: () => readonly string[];
  look: (name: string) => Stats | undefined;
  /** Opens a folder in it. Undefined where there is none, a link to one included. The caller closes it. */
  enter: (name: string) => TreeFolder | undefined;
  /** Opens a regular file. Undefined for everything else. The caller closes it. */
  open: (name: string) => TreeFile | undefined;
  /** The target of a link, as bytes. Undefined where there is none. */
  target: (name: string) => Buffer | undefined;
  close: () => void;
}>;

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
// O_NONBLOCK: a FIFO that took a file's place must not make us wait for its writer.
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Opens the root of a tree, which nobody but us can replace. Undefined when it may not be read. Throws when it is gone. */
export function openTree(root: string, onRefused: OnRefused): TreeFolder | undefined {
  const opened = readable(
    () => openSync(root, FOLDER),
    () => onRefused(''),
  );
  if (opened === undefined) return undefined;
  return fromDescriptor(opened, { real: root, path: '', onRefused });
}

/** Opens a folder below another one, by the names on the way. Undefined where a name is no folder. */
export function enterPath(from: TreeFolder, path: string): TreeFolder | undefined {
  let current: TreeFolder | undefined;
  for (const name of path === '' ? ['.'] : path.split('/')) {
    const next = (current ?? from).enter(name);
    current?.close();
    if (!next) return undefined;
    current = next;
  }
  return current;
}

/** Where a folder stands: on this machine, and below the root. */
type Standing = Readonly<{ real: string; path: string; onRefused: OnRefused }>;

function fromDescriptor(descriptor: number, { real, path, onRefused }: Standing): TreeFolder {
  const base = pathOf(descriptor, real);
  const at = (name: string) => pathIn(base, name);
  const below = (name: string) => {
    if (name === '.') return path;
    return path === '' ? name : `${path}/${name}`;
  };
  const ask = <T>(name: string, work: () => T) =>
    unlessReplaced(() => readable(work, () => onRefused(below(name))));
  return {
    names: () => ask('.', () => readdirSync(base, 'latin1')) ?? [],
    look: (name) => ask(name, () => lstatSync(at(name), { throwIfNoEntry: false })),
    enter: (name) => {
      const opened = ask(name, () => openSync(at(name), FOLDER));
      if (opened === undefined) return undefined;
      return fromDescriptor(opened, { real: String(at(name)), path: below(name), onRefused });
    },
    open: (name) => {
      const opened = ask(name, () => openSync(at(name), FILE));
      return opened === undefined ? undefined : regularFile(opened);
    },
    target: (name) => ask(name, () => readlinkSync(at(name), 'buffer')),
    close: () => closeSync(descriptor),
  };
}

function regularFile(descriptor: number): TreeFile | undefined {
  const stat = fstatSync(descriptor);
  if (stat.isFile()) return { descriptor, stat };
  closeSync(descriptor);
  return undefined;
}

/** A path through the open folder. Where the system has none, its identity is checked once more instead. */
function pathOf(descriptor: number, real: string): string {
  if (process.platform === 'linux') return `/proc/self/fd/${String(descriptor)}`;
  const [opened, named] = [fstatSync(descriptor), lstatSync(real)];
  if (opened.ino === named.ino && opened.dev === named.dev) return real;
  closeSync(descriptor);
  throw new Error('A folder was replaced while it was opened');
}

/** As a text where that is the same, because a name need not be UTF-8. */
function pathIn(base: string, name: string): string | Buffer {
  const ascii = Buffer.byteLength(name) === name.length;
  return ascii ? `${base}/${name}` : Buffer.from(`${base}/${name}`, 'latin1');
}

/** What the system says of a name that is gone, or is something else by now. */
const replaced = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EINVAL', 'ENAMETOOLONG', 'ENODEV'];
const refused = ['EACCES', 'EPERM'];

function readable<T>(work: () => T, onRefused: () => void): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!hasCode(error, refused)) throw error;
    onRefused();
    return undefined;
  }
}

function unlessReplaced<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!hasCode(error, replaced)) throw error;
    return undefined;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
