import { readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Notes the pid of a child, and ours, in a file, so that the next start can end it should we be killed; its port is for
 * commands that run beside us.
 */
export async function rememberChild(record: string, pid: number, port: number): Promise<void> {
  await writeFile(record, `${pid} ${process.pid} ${port}`);
}

/** The port of the child in `record` while it runs and its host does; undefined otherwise. */
export async function portOfChild(
  record: string,
  identity: ChildIdentity,
): Promise<number | undefined> {
  const [pid, host, port] = await readRecord(record);
  if (pid === undefined || !(await isOurs(pid, identity))) return undefined;
  return (await parentOf(pid)) === host ? port : undefined;
}

/** Removes the note of a child that has ended. */
export async function forgetChild(record: string): Promise<void> {
  await rm(record, { force: true });
}

/** What tells a child from any other process with its pid. */
export type ChildIdentity = Readonly<{ executable: string; argument: string }>;

/**
 * Ends the child that an earlier run noted in `record`, if it outlived that run, and waits until it is gone. Throws
 * when the run that started it is still there (the data is in use), or when the child does not end within 5 s.
 * Pids are used again by the system, so a process counts as that child only if it runs this executable with this
 * argument; where /proc does not tell, nothing is ended.
 */
export async function killLeftover(record: string, identity: ChildIdentity): Promise<void> {
  const [pid, host] = await readRecord(record);
  if (pid === undefined) return;
  const deadline = Date.now() + 5_000;
  while (await isOurs(pid, identity)) {
    if ((await parentOf(pid)) === host) {
      throw new Error(`${identity.argument} is in use by process ${host}`);
    }
    if (Date.now() > deadline) throw new Error(`Process ${pid} of an earlier run does not end`);
    send(pid);
    await wait(20);
  }
  await forgetChild(record);
}

async function readRecord(record: string): Promise<[pid?: number, host?: number, port?: number]> {
  try {
    const [pid, host, port] = (await readFile(record, 'utf8')).split(' ').map(Number);
    return pid !== undefined && Number.isSafeInteger(pid) && pid > 1 ? [pid, host, port] : [];
  } catch {
    // No record: the earlier run ended in order, or this is the first one.
    return [];
  }
}

async function isOurs(pid: number, identity: ChildIdentity): Promise<boolean> {
  try {
    const executable = await readlink(`/proc/${pid}/exe`);
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return executable === identity.executable && argv.includes(identity.argument);
  } catch {
    // The process is gone, or not ours to look at.
    return false;
  }
}

/** The parent's pid: that of the run that started the child until that run ends, then another one. */
async function parentOf(pid: number): Promise<number | undefined> {
  try {
    const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return parent === undefined ? undefined : Number(parent);
  } catch {
    // It ended between two looks.
    return undefined;
  }
}

function send(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the signal.
  }
}
