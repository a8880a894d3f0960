import { availableParallelism, loadavg } from 'node:os';

/**
 * How many times slower this machine is than one with nothing else to do; at most four. It stretches the deadline after
 * which a case counts as hanging and the time for which a message is hidden, and nothing that is measured.
 */
export function slowness(): number {
  const busy = (loadavg()[0] ?? 1) / availableParallelism();
  return Math.min(4, Math.max(1, busy / 2));
}
