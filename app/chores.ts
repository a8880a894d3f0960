import type { Logger } from 'pino';

/** A part of the sweep, by the name that the log gives it. It stops after what it has in hand when the signal says so. */
export type Chore = Readonly<{ name: string; run: (signal: AbortSignal) => Promise<unknown> }>;

/** Does one tick's chores, the most important ones first, in at most `ms`. Never throws. */
export type RunChores = (chores: readonly Chore[], ms: number) => Promise<void>;

/**
 * Returns the function that does the parts of a sweep one after the other. Each has an equal share of the time that is
 * left, so that one whose service hangs keeps none from its turn. One that is not done in its share goes on by itself up
 * to its next step; it and what had no turn come first in the next tick. One that fails is due again at the next tick.
 * One that does not end is not begun again as long as the process lives; every ten ticks the log says so, with `page`.
 */
export function createChores(log: Pick<Logger, 'error' | 'warn'>): RunChores {
  const running = createRunning(log);
  let left: readonly string[] = [];

  const attempt = async ({ name, run }: Chore, signal: AbortSignal) => {
    running.begin(name);
    try {
      await run(signal);
    } catch (error) {
      log.error({ err: error, chore: name }, 'A part of the sweep failed');
    } finally {
      running.end(name);
    }
  };

  return async (chores, ms) => {
    const deadline = performance.now() + ms;
    const late: string[] = [];
    const waiting = chores.toSorted((a, b) => rank(left, a) - rank(left, b));
    for (const [index, chore] of waiting.entries()) {
      const share = (deadline - performance.now()) / (waiting.length - index);
      // What still hangs from the tick before is not begun a second time.
      const done =
        !running.stillHas(chore.name) &&
        share > 0 &&
        (await within(share, (signal) => attempt(chore, signal)));
      if (!done) late.push(chore.name);
    }
    left = late;
    if (late.length > 0) log.warn({ chores: late }, 'Parts of the sweep are left to the next tick');
  };
}

/** Ticks, of a minute each, after which a part is not only slow. */
const patience = 10;

/** What runs, and how many ticks it has kept from beginning it again. */
function createRunning(log: Pick<Logger, 'error'>) {
  const ticks = new Map<string, number>();
  return {
    begin: (name: string) => void ticks.set(name, 0),
    end: (name: string) => void ticks.delete(name),
    /** Asked once a tick. */
    stillHas(name: string): boolean {
      const before = ticks.get(name);
      if (before === undefined) return false;
      const waited = before + 1;
      ticks.set(name, waited);
      if (waited % patience === 0)
        log.error({ chore: name, ticks: waited, page: true }, 'A part of the sweep does not end');
      return true;
    },
  };
}

/** What was left comes first; the others keep their order. */
function rank(left: readonly string[], { name }: Chore): number {
  const place = left.indexOf(name);
  return place < 0 ? left.length : place;
}

/** False when it was not done in time. */
async function within(ms: number, run: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => {
    controller.abort();
    resolve(false);
  }, ms);
  try {
    return await Promise.race([run(controller.signal).then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
