import type { Logger } from 'pino';

/** A part of the sweep, by the name that the log gives it. */
export type Chore = Readonly<{ name: string; run: () => Promise<unknown> }>;

/** Runs the parts of a sweep one after the other. One that fails is logged, and is due again at the next tick. */
export async function runChores(
  log: Pick<Logger, 'error'>,
  chores: readonly Chore[],
): Promise<void> {
  for (const { name, run } of chores) {
    try {
      await run();
    } catch (error) {
      log.error({ err: error, chore: name }, 'A part of the sweep failed');
    }
  }
}
