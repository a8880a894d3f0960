import { readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** Notes the pid of a child in a file, so that the next start can end it should this process be killed. */
export async function rememberChild(record: string, pid: number): Promise<void> {
  await writeFile(record, String(pid));
}

/** Removes the note of a child that has ended. */
export async function forgetChild(record: string): Promise<void> {
  await rm(record, { force: true });
}

/**
 * Ends the child that an earlier run noted in `record`, if it still runs, and waits until it is gone (at most 5 s,
 * then throws). Pids are used again by the system, so a process counts as that child only if it runs this
 * executable with this argument; where /proc does not tell, nothing is ended.
 */
export async function killLeftover(
  record: string,
  identity: Readonly<{ executable: string; argument: string }>,
): Promise<void> {
  const pid = await recordedPid(record);
  if (pid === undefined) return;
  const deadline = Date.now() + 5_000;
  while (await isOurs(pid, identity)) {
    if (Date.now() > deadline) throw new Error(`Process ${pid} of an earlier run does not end`);
    send(pid);
    await wait(20);
  }
  await forgetChild(record);
}

async function recordedPid(record: string): Promise<number | undefined> {
  try {
    const pid = Number(await readFile(record, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    // No record: the earlier run ended in order, or this is the first one.
    return undefined;
  }
}

async function isOurs(
  pid: number,
  identity: Readonly<{ executable: string; argument: string }>,
): Promise<boolean> {
  try {
    const executable = await readlink(`/proc/${pid}/exe`);
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return executable === identity.executable && argv.includes(identity.argument);
  } catch {
    // The process is gone, or not ours to look at.
    return false;
  }
}

function send(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the signal.
  }
}
