import {
  chmodSync,
  closeSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runProcess } from '../../core/process.ts';
import { endAll } from './end-all.ts';
import { giveFolder } from './give-folder.ts';
import { isNobody, readProcess, readStat } from './read-process.ts';

// Above what Debian gives to people, below what systemd and subordinate ids use (Debian Policy 9.2.2).
const FIRST = 30_000;
const LAST = 59_999;
const END_MS = 10_000;
/** Nothing in it has to be started, because the user may have used up what it may start. */
const KILL_ALL =
  'while read -r key id _; do [ "$key $id" = "Uid: $0" ] && kill -KILL -1; done < /proc/self/status';

/**
 * Takes a user id that no account and no living process on this machine has, for as long as this process lives.
 * Undefined when this process may not give it to others, or none can be had. Never throws.
 */
export function takeAttemptUser(): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const folder = claimsFolder();
    const named = readFileSync('/etc/passwd', 'utf8');
    const start = Math.floor(Math.random() * (LAST - FIRST + 1));
    for (let step = 0; step < 100; step += 1) {
      const uid = FIRST + ((start + step * 7) % (LAST - FIRST + 1));
      if (named.includes(`:${uid}:`) || !claim(join(folder, String(uid)))) continue;
      if (processesOf(uid).length === 0) return uid;
    }
    return undefined;
  } catch {
    // Something else is where the claims should be: nobody else's word counts here.
    return undefined;
  }
}

/** Ends everything that a user runs. Resolves when nothing is left; throws as `endAll` does after ten seconds. */
export async function endAttemptUser(
  uid: number,
  setprivPath: string,
  withinMs = END_MS,
): Promise<void> {
  const rights = ['--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
  // As that user, kill(-1) takes all of them at once, so that forking cannot outrun it. As anybody else it would take
  // the machine: who it is says the program that became it, and not the one that was asked to see to that.
  const end = () =>
    runProcess(
      {
        command: setprivPath,
        args: [...rights, 'sh', '-c', KILL_ALL, String(uid)],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      },
      { timeoutMs: 2_000 },
    );
  // Once without asking first, so that an end does not hang on how /proc shows something.
  await end();
  await endAll({ left: () => processesOf(uid).length > 0, end, withinMs });
}

/** The pids of a user's processes that have a thread that runs. */
export function processesOf(uid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOf(name, uid))
    .map(Number);
}

/** Gives a user the folders that it works in, closed to all others, and the way to them. Links are not followed. */
export function giveFolders(uid: number, folders: readonly string[]): void {
  for (const folder of folders) {
    giveFolder(uid, folder);
    const root = dirname(folder);
    const above = dirname(root);
    // The folders of an attempt stand in one that only root can list and only this user can pass.
    if (lstatSync(root).uid === 0 && root !== tmpdir()) {
      lchownSync(root, 0, uid);
      chmodSync(root, 0o710);
    }
    const { mode, uid: owner } = lstatSync(above);
    if (owner === 0 && (mode & 0o001) === 0) chmodSync(above, (mode & 0o7777) | 0o001);
  }
}

/** A folder that only root can have made. */
function claimsFolder(): string {
  const folder = join(tmpdir(), 'cody-users');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stat = lstatSync(folder);
  if (!stat.isDirectory() || stat.uid !== 0 || (stat.mode & 0o077) !== 0) {
    throw new Error('The folder of claims is not ours alone');
  }
  return folder;
}

function claim(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeFileSync(file, String(process.pid));
    closeSync(file);
    process.once('exit', () => rmSync(path, { force: true }));
    return true;
  } catch {
    // Taken. What a dead process took is free for the next who asks.
    const owner = Number(readFileSync(path, 'utf8'));
    if (owner > 0 && isNobody(owner)) rmSync(path, { force: true });
    return false;
  }
}

function isOf(pid: string, uid: number): boolean {
  const status = readProcess(pid, 'status');
  if (status === undefined || !new RegExp(`^Uid:\\s+${uid}\\s`, 'm').test(status)) return false;
  return readStat(pid)?.ended === false;
}
