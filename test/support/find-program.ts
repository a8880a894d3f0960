import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { childEnv } from './child-env.ts';

/** What Chromium and Chrome are called: Debian's package, GitHub's runners, Google's package. */
export const browserNames = [
  'chromium',
  'google-chrome',
  'google-chrome-stable',
  'chromium-browser',
] as const;

/** Returns the file of the first of the programs that the path has, undefined without any. */
export function findProgram(
  names: readonly string[],
  path: string = childEnv['PATH'] ?? '',
): string | undefined {
  // A snap can't see the files of a test.
  const folders = path.split(delimiter).filter((folder) => !folder.startsWith('/snap/'));
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not in this folder.
    return false;
  }
}
