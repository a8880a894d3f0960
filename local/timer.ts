import type { Logger } from 'pino';

/** Stands in for a schedule: runs `tick` every `everyMs`, never twice at once, and once at the start. */
export function startTimer(options: {
  everyMs: number;
  tick: () => Promise<unknown>;
  log: Logger;
}): { close: () => Promise<void> } {
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= options
      .tick()
      .catch((error: unknown) => options.log.warn({ err: error }, 'a scheduled run failed'))
      .then(() => {
        running = undefined;
      });
  };
  const timer = setInterval(run, options.everyMs);
  run();
  return {
    async close() {
      clearInterval(timer);
      await running;
    },
  };
}
