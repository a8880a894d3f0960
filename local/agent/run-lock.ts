import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from './command-error.ts';

/**
 * Keeps a second process from working on the same run, and returns the function that lets go. A process that is gone
 * holds nothing. Throws CommandError while another one lives.
 */
export async function lockRun(folder: string, id: string): Promise<() => Promise<void>> {
  const path = join(folder, 'pid');
  const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
  if (holder > 0 && lives(holder)) {
    throw new CommandError(`Run ${id} is still going on in process ${holder}.`);
  }
  await rm(path, { force: true });
  await writeFile(path, String(process.pid), { flag: 'wx', mode: 0o600 });
  return () => rm(path, { force: true });
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
