import { lstat, mkdir, mkdtemp, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from '../core/ids.ts';
import type { SandboxKind } from '../worker/executor/sandbox.ts';
import { removeFolders } from '../worker/job/folders.ts';

/** Where the attempts of this machine have their folders, and its end; the folder in the data directory stays. */
export type WorkFolder = Readonly<{ path: string; close: () => Promise<void> }>;

/** The place that a data directory has for them. */
export function usualWorkFolder(dataDir: string): string {
  return resolve(dataDir, 'work');
}

/**
 * Returns the usual place. Where tools have a user of their own that may not pass the data directory, which is private
 * once it holds the App's key, it is a new folder beside other temporary files instead. Throws what the file system throws.
 */
export async function openWorkFolder(
  dataDir: string,
  { kind, temporary = tmpdir() }: Readonly<{ kind: SandboxKind; temporary?: string }>,
): Promise<WorkFolder> {
  const usual = usualWorkFolder(dataDir);
  if (kind !== 'uid' || (await isPassable(dataDir)))
    return { path: usual, close: () => Promise.resolve() };
  const path = await emptyFolder(join(temporary, `cody-work-${await nameOf(dataDir)}`));
  return { path, close: () => removeFolders({ root: path }) };
}

/** The same in each run, so that what a killed one left is found, and another one for a path of another machine's. */
async function nameOf(dataDir: string): Promise<string> {
  const { dev, ino } = await stat(dataDir);
  return sha256(`${resolve(dataDir)} ${dev} ${ino}`).slice(0, 16);
}

/** Anybody may have put something there before: what is not ours alone stays, and another name is taken. */
async function emptyFolder(path: string): Promise<string> {
  const there = await lstat(path).catch(() => undefined);
  const ours =
    there?.isDirectory() && there.uid === process.getuid?.() && (there.mode & 0o022) === 0;
  if (there && !ours) return mkdtemp(`${path}-`);
  await removeFolders({ root: path });
  await mkdir(path, { mode: 0o700 });
  return path;
}

/** Whether any user may go through this folder and all above it. */
async function isPassable(folder: string): Promise<boolean> {
  let at = await realpath(folder);
  for (;;) {
    const { mode } = await stat(at);
    if ((mode & 0o001) === 0) return false;
    if (at === dirname(at)) return true;
    at = dirname(at);
  }
}
