import { chmodSync, linkSync, mkdirSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { runProcess } from '../../../core/process.ts';
import { childEnv } from '../child-env.ts';
import type { Change, Content, Files, FileSpec } from './case.ts';
import { writeContent } from './content.ts';

/** The folders of one executor. `folder` holds the three others and whatever lies beside them. */
export type CaseFolders = Readonly<{
  folder: string;
  workTree: string;
  logs: string;
  scratch: string;
}>;

/**
 * The place on this machine of a path in a case: relative to the repository, or below /workspace. `../x` is outside of
 * it, beside the repository. Throws for a path that would leave the case's own folder.
 */
export function placeOf(folders: CaseFolders, path: string): string {
  const absolute = posix.resolve('/workspace/repo', path);
  if (!absolute.startsWith('/workspace/')) throw new Error(`${path} leaves the folder of the case`);
  return join(folders.folder, absolute.slice('/workspace/'.length));
}

/** Makes the files of a case, in the order in which they stand there. */
export async function layOut(folders: CaseFolders, files: Files): Promise<void> {
  for (const [path, spec] of Object.entries(files)) await make(placeOf(folders, path), spec);
}

/** Does what a `change` step says. */
export async function applyChange(folders: CaseFolders, change: Change): Promise<void> {
  for (const [path, spec] of Object.entries(change)) {
    const place = placeOf(folders, path);
    if (typeof spec === 'string') await replace(place, spec);
    else if ('remove' in spec) rmSync(place, { recursive: true });
    else if ('touch' in spec) utimesSync(place, new Date(0), new Date(0));
    else if ('chmod' in spec) chmodSync(place, parseInt(spec.chmod, 8));
    else await replace(place, spec);
  }
}

async function replace(place: string, spec: FileSpec): Promise<void> {
  rmSync(place, { recursive: true, force: true });
  await make(place, spec);
}

async function make(place: string, spec: FileSpec): Promise<void> {
  mkdirSync(dirname(place), { recursive: true });
  if (typeof spec === 'string') writeContent(place, spec);
  else if ('link' in spec) symlinkSync(spec.link, place);
  else if ('fifo' in spec) {
    const made = await runProcess({ command: 'mkfifo', args: [place], env: childEnv });
    if (made.exitCode !== 0) throw new Error(`mkfifo failed: ${made.stderr.toString().trim()}`);
  } else if ('folder' in spec) {
    mkdirSync(place, { recursive: true });
    if (spec.mode !== undefined) chmodSync(place, parseInt(spec.mode, 8));
  } else if ('tree' in spec) makeTree(place, spec.tree);
  else if ('content' in spec) {
    writeContent(place, spec.content);
    if (spec.mode !== undefined) chmodSync(place, parseInt(spec.mode, 8));
    if (spec.modified !== undefined) {
      utimesSync(place, new Date(spec.modified), new Date(spec.modified));
    }
  } else writeContent(place, spec);
}

/**
 * Files `d000/f00000.txt` and so on, numbered through. Those of one folder are links to its first one: that is many
 * times faster than as many files, and to a search the same.
 */
function makeTree(
  place: string,
  tree: Readonly<{ files: number; per_folder: number; text: Content }>,
): void {
  let first = '';
  for (let index = 0; index < tree.files; index += 1) {
    const folder = `d${String(Math.floor(index / tree.per_folder)).padStart(3, '0')}`;
    const path = join(place, folder, `f${String(index).padStart(5, '0')}.txt`);
    if (index % tree.per_folder > 0) linkSync(first, path);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeContent(path, tree.text);
      first = path;
    }
  }
}
