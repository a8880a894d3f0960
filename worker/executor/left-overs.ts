import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningProcess } from '../../core/process.ts';
import { processesOf } from './attempt-user.ts';
import { isNobody, readStat, type Stat } from './read-process.ts';

const STEP_MS = 10;
const TERM_MS = 200;
const KILL_MS = 2_000;

/** Whose processes this one alone has: those of its pid namespace, of its user, or only of the command's group. */
export type OwnProcesses =
  | Readonly<{ type: 'namespace' }>
  | Readonly<{ type: 'user'; uid: number }>
  | Readonly<{ type: 'group' }>;

/** Something that a command left running cannot be ended from here. */
export class LeftOversError extends Error {
  override readonly name = 'LeftOversError';
}

/**
 * Ends what a command left running: first its process group, then everything else that is ours.
 * Resolves to whether there was anything, once nothing is left. Throws LeftOversError when something still is.
 */
export async function endLeftOvers(running: RunningProcess, own: OwnProcesses): Promise<boolean> {
  const alive = () => mayBeAlive(running, own);
  const all = own.type !== 'group';
  if (!alive()) return false;
  running.kill('SIGTERM');
  if (all) signalAll('SIGTERM');
  await until(() => !alive(), TERM_MS);
  running.kill('SIGKILL');
  if (all) signalAll('SIGKILL');
  await until(() => !alive(), KILL_MS);
  if (alive()) throw new LeftOversError('What a command left running could not be ended');
  return true;
}

/** What cannot be told, as when no more files can be opened, is no sign of an end. */
function mayBeAlive({ pid }: RunningProcess, own: OwnProcesses): boolean {
  try {
    return (pid !== undefined && groupAlive(pid)) || others(own).length > 0;
  } catch {
    return true;
  }
}

/** True while a process group has a member with a thread that runs. */
export function groupAlive(group: number): boolean {
  if (isNobody(-group)) return false;
  if (process.platform !== 'linux') return true;
  return processes().some(({ ended, pgid }) => pgid === group && !ended);
}

/** Linux: kill(-1) spares the caller and pid 1, and takes all others at once, so that forking cannot outrun it. */
function signalAll(signal: NodeJS.Signals): void {
  try {
    process.kill(-1, signal);
  } catch {
    // ESRCH: there is nobody else.
  }
}

function others(own: OwnProcesses): readonly number[] {
  if (own.type === 'group') return [];
  if (own.type === 'user') return processesOf(own.uid).filter((pid) => pid !== process.pid);
  return processes()
    .filter(({ pid, ended }) => pid !== 1 && pid !== process.pid && !ended)
    .map(({ pid }) => pid);
}

function processes(): Stat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(name))
    .filter((stat) => stat !== undefined);
}

async function until(done: () => boolean, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!done() && performance.now() < deadline) await sleep(STEP_MS);
}
