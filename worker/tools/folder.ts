import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

/**
 * An open directory. `path` names it for further calls: on Linux through its descriptor, so that replacing a parent
 * by a symbolic link afterwards changes nothing.
 */
export type Folder = Readonly<{ path: string; close: () => void }>;

/** Why a walk stopped: the component at `index` is missing, no directory, or a symbolic link. */
export type WalkStop = Readonly<{ type: 'missing' | 'not_directory' | 'link'; index: number }>;

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Opens `root`/`segments` one component at a time and follows no link below the root. With `create`, missing
 * components are made. Returns the open folder (to be closed by the caller) or where the walk stopped.
 */
export function openFolder(
  root: string,
  segments: readonly string[],
  create = false,
): Folder | WalkStop {
  let current = rootFolder(root);
  for (const [index, name] of segments.entries()) {
    const child = join(current.path, name);
    const stop = inspect(child, index, create);
    const next = stop ?? enter(child, index);
    current.close();
    if ('type' in next) return next;
    current = next;
  }
  return current;
}

function rootFolder(root: string): Folder {
  const descriptor = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  return fromDescriptor(descriptor, root);
}

function inspect(child: string, index: number, create: boolean): WalkStop | undefined {
  const stat = lstatSync(child, { throwIfNoEntry: false });
  if (!stat) {
    if (!create) return { type: 'missing', index };
    mkdirSync(child);
    return undefined;
  }
  if (stat.isSymbolicLink()) return { type: 'link', index };
  return stat.isDirectory() ? undefined : { type: 'not_directory', index };
}

function enter(child: string, index: number): Folder | WalkStop {
  try {
    return fromDescriptor(openSync(child, DIRECTORY), child);
  } catch (error) {
    // The component was replaced between lstat and open: O_NOFOLLOW refuses what is there now.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { type: 'missing', index };
    }
    if (error instanceof Error && 'code' in error && isLinkError(error.code)) {
      return { type: 'link', index };
    }
    throw error;
  }
}

function isLinkError(code: unknown): boolean {
  return code === 'ELOOP' || code === 'ENOTDIR';
}

function fromDescriptor(descriptor: number, real: string): Folder {
  const close = () => closeSync(descriptor);
  if (process.platform === 'linux') return { path: `/proc/self/fd/${descriptor}`, close };
  // Elsewhere there is no path through a descriptor: the identity is checked once more instead.
  const opened = fstatSync(descriptor);
  const named = lstatSync(real);
  if (opened.ino !== named.ino || opened.dev !== named.dev) {
    close();
    throw new Error('a directory was replaced while it was opened');
  }
  return { path: real, close };
}
