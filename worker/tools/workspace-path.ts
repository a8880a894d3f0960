import { posix } from 'node:path';
import { ToolError } from './tool-error.ts';

/** The three folders that tools may touch, as the model names them. */
export type RootName = 'repo' | 'logs' | 'scratch';

/** A path as the model names it, split at its root. `segments` is empty for the root itself. */
export type WorkspacePath = Readonly<{ root: RootName; segments: readonly string[] }>;

const BASE = '/workspace';
const REPO = `${BASE}/repo`;
// PATH_MAX of Linux.
const MAX_PATH = 4096;

/**
 * Parses a path from the model: relative paths count from /workspace/repo, `..` is resolved by text alone.
 * @throws ToolError when it leaves the three folders, holds a NUL character or is too long
 */
export function parseWorkspacePath(input: string): WorkspacePath {
  if (input.includes('\0'))
    throw new ToolError('The path holds a NUL character; give a plain path.');
  if (Buffer.byteLength(input) > MAX_PATH) {
    throw new ToolError(`The path is over ${MAX_PATH} bytes; use shorter names.`);
  }
  const absolute = posix.resolve(REPO, input);
  const [, base, root, ...segments] = absolute.split('/');
  if (base === 'workspace' && (root === 'repo' || root === 'logs' || root === 'scratch')) {
    return { root, segments };
  }
  throw new ToolError(
    `${input} is outside the workspace. Use a path below ${REPO} (or ${BASE}/logs, ${BASE}/scratch).`,
  );
}

/** The absolute virtual path, such as /workspace/repo/src/a.ts. */
export function absolutePath(path: WorkspacePath): string {
  return [BASE, path.root, ...path.segments].join('/');
}

/** The short form for results: relative inside the repository, absolute elsewhere. */
export function displayPath(path: WorkspacePath): string {
  if (path.root !== 'repo') return absolutePath(path);
  return path.segments.join('/') || '.';
}
