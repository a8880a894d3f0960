import { readdirSync, readFileSync, statfsSync } from 'node:fs';
import type { Policy } from '../../core/policy.ts';
import { runProcess } from '../../core/process.ts';

/** What all processes of an executor may use together; sizes in bytes. */
export type ExecutorLimits = Readonly<{ memory: number; disk: number; processes: number }>;

/** What is used beyond its limit; sizes in bytes. */
export type Excess = Readonly<{ what: keyof ExecutorLimits; used: number; limit: number }>;

/** Takes the limits as the operator's policy gives them. */
export function executorLimits(commands: Policy['commands']): ExecutorLimits {
  const { memory_mb: memory, disk_mb: disk, processes } = commands;
  return { memory: memory * 1024 ** 2, disk: disk * 1024 ** 2, processes };
}

// statfs(2)
const TMPFS_MAGIC = 0x0102_1994;
const IN_MEMORY = ['tmp', 'run', 'dev/shm'];
const PAGE = 4096;

/** The processes that descend from one, itself first. Who lost its parent belongs to its namespace's first process. */
export function descendants(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : undefined;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/** Too many processes, or too much memory, of these processes. Undefined when all is well. */
export function processExcess(pids: readonly number[], limits: ExecutorLimits): Excess | undefined {
  if (pids.length > limits.processes) return excess('processes', pids.length, limits);
  const files = memoryFiles(pids.at(-1));
  // Shared memory counts once per process here: when even that is below the limit, nothing finer need be asked.
  if (sum(pids, residentOf) + files <= limits.memory) return undefined;
  const used = sum(pids, proportionalOf) + files;
  return used > limits.memory ? excess('memory', used, limits) : undefined;
}

/** Too much disk in these folders. Resolves to undefined when all is well, or nobody can tell. */
export async function diskExcess(
  folders: readonly string[],
  limits: ExecutorLimits,
): Promise<Excess | undefined> {
  const { stdout } = await runProcess(
    {
      command: 'du',
      args: ['--summarize', '--one-file-system', '--block-size=1', '--', ...folders],
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    },
    { timeoutMs: 60_000 },
  );
  const used = sum(stdout.toString().split('\n'), (line) => Number.parseInt(line, 10) || 0);
  return used > limits.disk ? excess('disk', used, limits) : undefined;
}

function excess(what: Excess['what'], used: number, limits: ExecutorLimits): Excess {
  return { what, used, limit: limits[what] };
}

function sum<T>(all: readonly T[], valueOf: (one: T) => number): number {
  return all.reduce((total, one) => total + valueOf(one), 0);
}

/** Field 4 of proc_pid_stat(5). */
function parentOf(pid: string): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat === undefined
    ? undefined
    : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** The folder of /proc that tells of a process's memory: that of another thread when its first one has ended. */
function memoryFolder(pid: number): string {
  const own = `/proc/${pid}`;
  if (!/^\d+ \(.*\) Z /s.test(read(`${own}/stat`) ?? '')) return own;
  const thread = threadsOf(pid).find((id) => id !== String(pid));
  return thread === undefined ? own : `${own}/task/${thread}`;
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // It ended in the meantime.
    return [];
  }
}

function residentOf(pid: number): number {
  const [, resident] = pages(pid);
  return resident ?? 0;
}

/** PSS; where that may not be read (another user's, without CAP_SYS_PTRACE) what the process shares with nobody. */
function proportionalOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(read(`${memoryFolder(pid)}/smaps_rollup`) ?? '')?.[1];
  if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  const [, resident = 0, shared = 0] = pages(pid);
  return resident - shared;
}

/** Bytes of size, resident and shared memory: proc_pid_statm(5). */
function pages(pid: number): readonly number[] {
  const text = read(`${memoryFolder(pid)}/statm`) ?? '';
  return text.split(' ').map((count) => Number(count) * PAGE);
}

/** Files that a sandbox keeps in memory are in no process's count. */
function memoryFiles(pid: number | undefined): number {
  if (pid === undefined) return 0;
  return sum(IN_MEMORY, (name) => {
    try {
      const { type, blocks, bfree, bsize } = statfsSync(`${memoryFolder(pid)}/root/${name}`);
      return type === TMPFS_MAGIC && read(`/proc/${pid}/uid_map`) !== read('/proc/self/uid_map')
        ? (blocks - bfree) * bsize
        : 0;
    } catch {
      // It ended, or its root may not be looked at; the size of these file systems is limited as well.
      return 0;
    }
  });
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended in the meantime, or it may not be read.
    return undefined;
  }
}
