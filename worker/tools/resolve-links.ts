import { lstatSync, readlinkSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { ToolError } from './tool-error.ts';
import { absolutePath, type RootName, type WorkspacePath } from './workspace-path.ts';

const MAX_LINKS = 40;

/**
 * Replaces every symbolic link in a path by what it points to, as long as that stays below the same root. `real` is
 * the root's folder on disk. A component that does not exist ends the look-up; the rest is taken as it is. The result
 * must still be opened without following links, because the tree may change in between.
 * @throws ToolError when a link leads outside or in a circle
 */
export function resolveLinks(real: string, path: WorkspacePath): WorkspacePath {
  const done: string[] = [];
  const pending = [...path.segments];
  let links = 0;
  for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (done.pop() === undefined) throw escapes(path);
      continue;
    }
    const here = join(real, ...done, name);
    if (!isLink(here)) {
      done.push(name);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS)
      throw new ToolError(
        `${absolutePath(path)} is a circle of symbolic links. Read the folder it is in to see where they lead.`,
      );
    const target = readlinkSync(here);
    if (isAbsolute(target)) {
      done.length = 0;
      pending.unshift(...insideRoot(target, real, path));
    } else {
      pending.unshift(...target.split('/'));
    }
  }
  return { root: path.root, segments: done };
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch {
    // ENOTDIR, ENAMETOOLONG, EACCES: opening the path will say so.
    return false;
  }
}

function insideRoot(target: string, real: string, path: WorkspacePath): string[] {
  for (const base of [real, virtualRoot(path.root)]) {
    const rest = relative(base, target);
    if (rest === '') return [];
    if (!rest.startsWith('..') && !isAbsolute(rest)) return rest.split('/');
  }
  throw escapes(path);
}

function virtualRoot(root: RootName): string {
  return absolutePath({ root, segments: [] });
}

function escapes(path: WorkspacePath): ToolError {
  return new ToolError(
    `${absolutePath(path)} goes through a symbolic link that leads outside of ${virtualRoot(path.root)}; it cannot be opened. Use a file inside.`,
  );
}
