import { readdirSync, readFileSync } from 'node:fs';

/** A process as it was seen. Its start (clock ticks since the machine's) tells it from a later one with its number. */
export type Seen = Readonly<{ pid: number; group: number; started: string }>;

/** The processes below one, as long as their parents live; empty where /proc does not tell. */
export function below(pid: number): readonly Seen[] {
  const found: Seen[] = [];
  const queue = childrenOf(pid);
  for (const child of queue) {
    const seen = see(child);
    if (!seen) continue;
    found.push(seen);
    queue.push(...childrenOf(child));
  }
  return found;
}

/** All processes of a group but one. */
export function othersInGroup(group: number, but: number): readonly Seen[] {
  return pids()
    .map((pid) => see(pid))
    .filter((seen) => seen !== undefined)
    .filter((seen) => seen.group === group && seen.pid !== but);
}

/** Kills what is left of these processes, each with the group that it leads or belongs to. */
export function killAll(all: readonly Seen[], own: number): void {
  for (const { pid, group, started } of all) {
    if (see(pid)?.started !== started) continue;
    // Our own group is not killed as a whole: this process is in it.
    kill(group === own ? pid : -group);
  }
}

/** The group of a process; 0 where nobody can tell. */
export function groupOf(pid: number): number {
  return see(pid)?.group ?? 0;
}

/** Proportional set sizes of processes together, in bytes. Where only resident sizes can be read, nothing counts. */
export function memoryOf(all: readonly number[]): number {
  let total = 0;
  for (const pid of all) {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
    total += Number(kilobytes ?? 0) * 1024;
  }
  return total;
}

/** Those that a process's own thread started: Node starts all of its children there. */
function childrenOf(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return children.split(' ').flatMap((child) => (child === '' ? [] : [Number(child)]));
}

/** Fields 5 and 22 of proc_pid_stat(5); the command name, in parentheses, may hold anything. */
function see(pid: number): Seen | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, group: Number(fields[2]), started: fields[19] ?? '' };
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // It ended in the meantime.
  }
}

function pids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    // Not Linux.
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended in the meantime, or it may not be read.
    return undefined;
  }
}
