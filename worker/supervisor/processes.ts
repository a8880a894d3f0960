import { readdirSync, readFileSync } from 'node:fs';

/** A process as it was seen. Its start (clock ticks since the machine's) tells it from a later one with its number. */
export type Seen = Readonly<{ pid: number; group: number; started: string }>;

/** The processes below one, as long as their parents live; empty where /proc does not tell. */
export function below(pid: number): readonly Seen[] {
  // By each one's parent: a list of children is one of a thread's, and tools start some by other threads.
  const children = Map.groupBy(everybody(), ({ parent }) => parent);
  const found = [...(children.get(pid) ?? [])];
  for (const one of found) found.push(...(children.get(one.pid) ?? []));
  return found;
}

/** Those that are there now, and of those from before who has lost its parent since. */
export function stillThere(before: readonly Seen[], now: readonly Seen[]): readonly Seen[] {
  const known = new Set(now.map(({ pid }) => pid));
  return [...now, ...before.filter((one) => !known.has(one.pid) && isThere(one))];
}

/** All processes of a group but one. */
export function othersInGroup(group: number, but: number): readonly Seen[] {
  return everybody().filter((seen) => seen.group === group && seen.pid !== but);
}

/** Kills what is left of these processes, each with the group that it leads or belongs to. */
export function killAll(all: readonly Seen[], own: number): void {
  for (const one of all) {
    if (!isThere(one)) continue;
    const { pid, group } = one;
    // Our own group is not killed as a whole: this process is in it. A group of outside a container shows as 0.
    kill(group === own || group <= 1 ? pid : -group);
  }
}

/** The group of a process; 0 where nobody can tell. */
export function groupOf(pid: number): number {
  return see(pid)?.group ?? 0;
}

/** Whether processes use more memory together than `limit`, in bytes; false where nobody can tell. */
export function useMore(all: readonly number[], limit: number): boolean {
  // What they share counts once for each of them here: when even that is below the limit, nothing finer is asked.
  if (sum(all, residentOf) <= limit) return false;
  return sum(all, proportionalOf) > limit;
}

function sum(all: readonly number[], sizeOf: (pid: number) => number): number {
  return all.reduce((total, pid) => total + sizeOf(pid), 0);
}

const pageBytes = 4096;

/** Field 2 of proc_pid_statm(5), in bytes. */
function residentOf(pid: number): number {
  return Number(read(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0) * pageBytes;
}

/** PSS of proc_pid_smaps_rollup(5), in bytes. */
function proportionalOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function isThere({ pid, started }: Seen): boolean {
  return see(pid)?.started === started;
}

function everybody(): readonly Child[] {
  return pids().flatMap((pid) => see(pid) ?? []);
}

type Child = Seen & Readonly<{ parent: number }>;

/** Fields 4, 5 and 22 of proc_pid_stat(5); the command name, in parentheses, may hold anything. */
function see(pid: number): Child | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), started: fields[19] ?? '' };
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
