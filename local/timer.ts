import type { Logger } from 'pino';

/** Stands in for a schedule: runs `tick` every `everyMs`, never twice at once, and once at the start. */
export function startTimer(options: {
  everyMs: number;
  tick: () => Promise<unknown>;
  log: Logger;
}): { close: () => Promise<void> } {
  let running: Promise<void> | undefined;
  const once = async () => {
    try {
      await options.tick();
    } catch (error) {
      options.log.warn({ err: error }, 'a scheduled run failed');
    }
    running = undefined;
  };
  const run = () => {
    running ??= once();
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
