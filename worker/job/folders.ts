import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of one attempt. The git directory lies outside of everything that tools can see. */
export type Folders = Readonly<{
  root: string;
  gitDir: string;
  workTree: string;
  logs: string;
  scratch: string;
}>;

/** Where the folders of an attempt are; nothing is made yet. */
export function foldersOf(dataDir: string, attempt: string): Folders {
  const root = join(dataDir, attempt);
  return {
    root,
    gitDir: join(root, 'git'),
    workTree: join(root, 'repo'),
    logs: join(root, 'logs'),
    scratch: join(root, 'scratch'),
  };
}

/** Makes the folders of an attempt, empty, readable by this user only. */
export async function makeFolders(folders: Folders): Promise<void> {
  await removeFolders(folders);
  for (const folder of Object.values(folders))
    await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Removes them again. Read-only folders that a tool left (a module cache, for example) are made writable first. */
export async function removeFolders({ root }: Pick<Folders, 'root'>): Promise<void> {
  const remove = () => rm(root, { recursive: true, force: true, maxRetries: 2 });
  try {
    await remove();
  } catch {
    await makeWritable(root);
    await remove();
  }
}

/** Links are not followed: what they point to is not ours to change. */
async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
}
