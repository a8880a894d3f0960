import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Folder, openFolder, type WalkStop } from './folder.ts';
import { missing } from './missing-path.ts';
import { resolveLinks } from './resolve-links.ts';
import { ToolError } from './tool-error.ts';
import {
  absolutePath,
  displayPath,
  parseWorkspacePath,
  type RootName,
  type WorkspacePath,
} from './workspace-path.ts';

/** An open regular file. The caller closes it. */
export type OpenFile = Readonly<{
  type: 'file';
  path: WorkspacePath;
  descriptor: number;
  stat: BigIntStats;
}>;

/** The names in a directory, sorted, with what each of them is. */
export type Listing = Readonly<{
  type: 'directory';
  path: WorkspacePath;
  entries: readonly Readonly<{ name: string; kind: string; target?: string }>[];
}>;

/** Access to the work tree, the logs and the scratch folder, by the paths that the model uses. */
export type Workspace = Readonly<{
  /** Opens for reading; links are followed below their root only. Throws ToolError when nothing can be read there. */
  open: (input: string) => OpenFile | Listing;
  /** The same for a file that is to be changed: no link is followed. Undefined when it does not exist. */
  openForChange: (path: WorkspacePath) => OpenFile | undefined;
  /** Parses a path that is to be written. Throws ToolError for logs, .git and the roots. */
  writable: (input: string) => WorkspacePath;
  /** Replaces or creates a file in one step, parents included; no link is followed. */
  replace: (path: WorkspacePath, bytes: Buffer, mode: number) => BigIntStats;
  /** The link-free path of something that exists, with its folder on disk. */
  locate: (input: string) => Readonly<{ path: WorkspacePath; real: string; directory: boolean }>;
}>;

// O_NONBLOCK: opening a FIFO must not wait for a writer.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Binds file access to the three folders on disk, which must exist. */
export function createWorkspace(roots: Readonly<Record<RootName, string>>): Workspace {
  return {
    open: (input) => {
      const path = resolveLinks(roots[parseWorkspacePath(input).root], parseWorkspacePath(input));
      const found = openAt(roots, path);
      if (!found) throw missing(roots[path.root], path);
      return found;
    },
    openForChange: (path) => {
      const found = openAt(roots, path, linkRefused(roots, path));
      if (found?.type === 'directory') {
        throw new ToolError(`${displayPath(path)} is a directory; give the path of a file in it.`);
      }
      return found;
    },
    writable,
    replace: (path, bytes, mode) => replaceFile(roots, path, { bytes, mode }),
    locate: (input) => {
      const asked = parseWorkspacePath(input);
      const path = resolveLinks(roots[asked.root], asked);
      const real = join(roots[path.root], ...path.segments);
      const stat = lstatSync(real, { throwIfNoEntry: false });
      if (!stat) throw missing(roots[path.root], path);
      if (!stat.isDirectory() && !stat.isFile()) throw special(path);
      return { path, real, directory: stat.isDirectory() };
    },
  };
}

type Roots = Readonly<Record<RootName, string>>;

function writable(input: string): WorkspacePath {
  const path = parseWorkspacePath(input);
  if (path.segments.length === 0) {
    throw new ToolError(`${absolutePath(path)} is a directory; give the path of a file in it.`);
  }
  if (input.endsWith('/')) {
    throw new ToolError(`${input} names a directory; give the path of a file in it.`);
  }
  if (path.root === 'logs') {
    throw new ToolError('Logs cannot be changed; use /workspace/scratch for temporary files.');
  }
  if (path.segments.some((name) => name.toLowerCase() === '.git')) {
    throw new ToolError('Files of .git cannot be changed; commits are made after submit.');
  }
  return path;
}

function openAt(
  roots: Roots,
  path: WorkspacePath,
  onLink: (depth: number) => ToolError = () => changed(path),
): OpenFile | Listing | undefined {
  const name = path.segments.at(-1);
  const folder = openFolder(roots[path.root], path.segments.slice(0, -1));
  if ('type' in folder) return stopped(folder, path, onLink);
  try {
    if (name === undefined) return list(folder, path);
    const child = join(folder.path, name);
    const stat = lstatSync(child, { throwIfNoEntry: false });
    if (!stat) return undefined;
    if (stat.isSymbolicLink()) throw onLink(path.segments.length);
    if (stat.isDirectory()) return openListing(folder, name, path);
    if (!stat.isFile()) throw special(path);
    return openRegular(child, path);
  } finally {
    folder.close();
  }
}

function stopped(
  stop: WalkStop,
  path: WorkspacePath,
  onLink: (depth: number) => ToolError,
): undefined {
  if (stop.type === 'missing') return undefined;
  if (stop.type === 'link') throw onLink(stop.index + 1);
  const part = displayPath({ ...path, segments: path.segments.slice(0, stop.index + 1) });
  throw new ToolError(`${part} is a file, not a directory; check the path with glob.`);
}

function openListing(parent: Folder, name: string, path: WorkspacePath): Listing {
  const folder = openFolder(parent.path, [name]);
  if ('type' in folder) throw changed(path);
  try {
    return list(folder, path);
  } finally {
    folder.close();
  }
}

function list(folder: Folder, path: WorkspacePath): Listing {
  const entries = readdirSync(folder.path, { withFileTypes: true }).map((entry) => {
    if (entry.isDirectory()) return { name: entry.name, kind: 'directory' };
    if (entry.isFile()) return { name: entry.name, kind: 'file' };
    if (!entry.isSymbolicLink()) return { name: entry.name, kind: 'special' };
    return { name: entry.name, kind: 'link', target: readlinkSync(join(folder.path, entry.name)) };
  });
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return { type: 'directory', path, entries: sorted };
}

function openRegular(real: string, path: WorkspacePath): OpenFile {
  const descriptor = openSync(real, READ);
  const stat = fstatSync(descriptor, { bigint: true });
  if (stat.isFile()) return { type: 'file', path, descriptor, stat };
  closeSync(descriptor);
  throw special(path);
}

function replaceFile(
  roots: Roots,
  path: WorkspacePath,
  file: Readonly<{ bytes: Buffer; mode: number }>,
): BigIntStats {
  const name = path.segments.at(-1);
  if (name === undefined) throw new ToolError('Give the path of a file.');
  const folder = openFolder(roots[path.root], path.segments.slice(0, -1), true);
  if ('type' in folder) {
    stopped(folder, path, linkRefused(roots, path));
    throw changed(path);
  }
  const temporary = join(folder.path, `.cody-${randomBytes(6).toString('hex')}.tmp`);
  try {
    const descriptor = openSync(temporary, CREATE, file.mode);
    try {
      writeFileSync(descriptor, file.bytes);
      fchmodSync(descriptor, file.mode);
    } finally {
      closeSync(descriptor);
    }
    // rename replaces a link itself and never writes through it.
    renameSync(temporary, join(folder.path, name));
    return lstatSync(join(folder.path, name), { bigint: true });
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    folder.close();
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was not created, or it has its final name already.
  }
}

function linkRefused(roots: Roots, path: WorkspacePath): (depth: number) => ToolError {
  return (depth) => {
    const link = displayPath({ ...path, segments: path.segments.slice(0, depth) });
    const target = displayPath(resolveLinks(roots[path.root], path));
    return new ToolError(
      `${link} is a symbolic link, and files are not changed through links. Use the path it leads to: ${target}`,
    );
  };
}

function special(path: WorkspacePath): ToolError {
  return new ToolError(
    `${displayPath(path)} is not a regular file (a FIFO, socket or device); it cannot be opened. Look at it with bash (ls -l) or leave it alone.`,
  );
}

function changed(path: WorkspacePath): ToolError {
  return new ToolError(`${displayPath(path)} was replaced while it was opened; try again.`);
}
