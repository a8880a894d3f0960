import { readlinkSync } from 'node:fs';

/**
 * True when this process is in a pid namespace other than the one named (as /proc/self/ns/pid reads). Only then may
 * `ownNamespace` be set: kill(-1) reaches every process of the namespace.
 */
export function isOwnNamespace(outer: string | undefined, inner: string | undefined): boolean {
  return outer !== undefined && inner !== undefined && outer !== inner;
}

/** What /proc/self/ns/pid reads, such as "pid:[4026531836]"; undefined where there is none. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux.
    return undefined;
  }
}
