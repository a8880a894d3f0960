import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The folders of one attempt. The git directory lies outside of everything that tools can see. */
export type Folders = Readonly<{
  root: string;
  gitDir: string;
  workTree: string;
  logs: string;
  scratch: string;
}>;

/** Makes the folders of an attempt, empty, readable by this user only. */
export async function makeFolders(dataDir: string, attempt: string): Promise<Folders> {
  const root = join(dataDir, attempt);
  await rm(root, { recursive: true, force: true });
  const folders = {
    root,
    gitDir: join(root, 'git'),
    workTree: join(root, 'repo'),
    logs: join(root, 'logs'),
    scratch: join(root, 'scratch'),
  };
  await mkdir(root, { recursive: true, mode: 0o700 });
  for (const folder of Object.values(folders))
    await mkdir(folder, { recursive: true, mode: 0o700 });
  return folders;
}

/** Removes them again. Read-only folders that a tool left are made writable first. */
export async function removeFolders(folders: Folders): Promise<void> {
  await rm(folders.root, { recursive: true, force: true, maxRetries: 2 });
}
