import { readFileSync } from 'node:fs';
import { othersInGroup } from '../../worker/supervisor/processes.ts';

/** One of the processes of a worker. */
export type WorkerPart = 'supervisor' | 'agent' | 'publisher';

const programs: Readonly<Record<WorkerPart, string>> = {
  supervisor: '/worker/main.ts',
  agent: '/worker/job/main.ts',
  publisher: '/worker/publisher/main.ts',
};

/** Returns the process of the group that is this part now; undefined where none is. */
export function pidOfPart(group: number, part: WorkerPart): number | undefined {
  return othersInGroup(group, 0).find(({ pid }) => programOf(pid)?.endsWith(programs[part]))?.pid;
}

/** The last word of what a process was started with; one that has ended has none. */
function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').at(-2);
  } catch {
    // It ended in the meantime.
    return undefined;
  }
}
