import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { ToolError } from './tool-error.ts';
import { displayPath, type WorkspacePath } from './workspace-path.ts';

const MAX_NAMES = 5000;

/** The error for a path that does not exist: names what does exist there and is spelled most alike. */
export function missing(real: string, path: WorkspacePath): ToolError {
  const base = `${displayPath(path)} does not exist.`;
  for (let depth = path.segments.length - 1; depth >= 0; depth -= 1) {
    const names = namesIn(join(real, ...path.segments.slice(0, depth)));
    if (!names) continue;
    const near = nearest(path.segments[depth] ?? '', names);
    if (near.length > 0) {
      const paths = near.map((name) =>
        displayPath({ ...path, segments: [...path.segments.slice(0, depth), name] }),
      );
      return new ToolError(`${base} Did you mean: ${paths.join(', ')}?`);
    }
    const folder = displayPath({ ...path, segments: path.segments.slice(0, depth) });
    return new ToolError(`${base} Read ${folder} for a listing, or find the file with glob.`);
  }
  return new ToolError(`${base} Find the file with glob.`);
}

function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder).slice(0, MAX_NAMES);
  } catch {
    // Not a directory either: the caller goes on with the parent.
    return undefined;
  }
}

function nearest(wanted: string, names: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, far: distance(wanted.toLowerCase(), name.toLowerCase()) }))
    .filter(({ far }) => far <= limit)
    .toSorted((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}
