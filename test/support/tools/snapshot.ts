import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** One line for each path below a folder: kind, mode and a hash of the content, or the target of a link. */
export type Snapshot = ReadonlyMap<string, string>;

/** Takes the snapshot of a tree without following links. Folders are named with a slash at the end. */
export function snapshot(folder: string, below = ''): Snapshot {
  const entries = readdirSync(join(folder, below)).flatMap((name): [string, string][] => {
    const path = below === '' ? name : `${below}/${name}`;
    const stat = lstatSync(join(folder, path));
    if (stat.isDirectory()) return [[`${path}/`, mode(stat.mode)], ...snapshot(folder, path)];
    if (stat.isSymbolicLink()) return [[path, `link ${readlinkSync(join(folder, path))}`]];
    if (!stat.isFile()) return [[path, 'special']];
    const hash = createHash('sha256').update(readFileSync(join(folder, path)));
    return [[path, `${mode(stat.mode)} ${hash.digest('hex')}`]];
  });
  return new Map(entries);
}

/** Returns the paths that differ between two snapshots, in order. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).toSorted();
}

function mode(bits: number): string {
  return (bits & 0o7777).toString(8).padStart(3, '0');
}
