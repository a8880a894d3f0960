import { readFileSync } from 'node:fs';

/**
 * Reads a file of /proc about a process. Undefined when the process is gone, or is one of others that may not be looked
 * at. Throws when it cannot be told, as when no more files can be opened: that is no sign of an end.
 */
export function readProcess(pid: string, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    if (hasCode(error, ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])) return undefined;
    throw error;
  }
}

/**
 * What is told of a process. `ended`: no thread of it runs any more. A process whose first thread alone has ended reads
 * as a zombie too, while its other threads go on.
 */
export type Stat = Readonly<{ pid: number; pgid: number; ended: boolean }>;

const STATE = 0;
const PGRP = 2;
const NUM_THREADS = 17;

/**
 * Fields 3, 5 and 20 of proc_pid_stat(5); the command name before them, in parentheses, may hold anything. Undefined
 * and throws as `readProcess`.
 */
export function readStat(pid: string): Stat | undefined {
  const text = readProcess(pid, 'stat');
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ended = fields[STATE] === 'Z' && Number(fields[NUM_THREADS]) <= 1;
  return { pid: Number(pid), pgid: Number(fields[PGRP]), ended };
}

/** True when nobody has this pid, or, for a negative one, nobody is in this group. One of others counts as there. */
export function isNobody(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return hasCode(error, ['ESRCH']);
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
