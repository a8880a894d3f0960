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
