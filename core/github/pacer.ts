import { setTimeout as sleep } from 'node:timers/promises';

/** Runs one thing at a time. */
export type Pacer = <T>(run: () => Promise<T>) => Promise<T>;

/** Returns a function that runs what it is given one after the other, with starts at least `distanceMs` apart. */
export function createPacer(distanceMs: number): Pacer {
  let tail: Promise<unknown> = Promise.resolve();
  let free = 0;
  return (run) => {
    const turn = tail.then(async () => {
      const wait = free - Date.now();
      if (wait > 0) await sleep(wait);
      free = Date.now() + distanceMs;
      return run();
    });
    // The next one runs whether this one failed or not; its caller sees the failure.
    tail = turn.catch(() => undefined);
    return turn;
  };
}
