import type { Clock } from './clock.ts';
import { jobFacts, type Outside } from './tiers.ts';

/** The model's rate limits, shared evenly by everyone who works. */
export type ModelShare = Readonly<{
  /** Calls `done` once so many minutes of work are done, later when the limits are met. */
  work: (minutes: number, done: () => Promise<void>) => void;
  /** The largest demand as a part of the limit. */
  peak: () => number;
}>;

const tickMs = 5_000;

/** Everyone's work goes on in steps; when all together ask for more than the limits hold, each gets less. */
export function createModelShare({
  clock,
  outside,
}: Readonly<{ clock: Clock; outside: Outside }>): ModelShare {
  const { inputPerMinute, outputPerMinute } = outside.model;
  const working = new Set<{
    left: number;
    input: number;
    output: number;
    done: () => Promise<void>;
  }>();
  let peak = 0;
  const tick = async () => {
    let input = 0;
    let output = 0;
    for (const job of working) {
      input += job.input;
      output += job.output;
    }
    const demand = Math.max(input / inputPerMinute, output / outputPerMinute);
    peak = Math.max(peak, demand);
    const speed = demand > 1 ? 1 / demand : 1;
    for (const job of working) {
      job.left -= (tickMs / 60_000) * speed;
      if (job.left > 0) continue;
      working.delete(job);
      await job.done();
    }
    clock.after(tickMs, tick);
  };
  clock.after(tickMs, tick);
  return {
    work(minutes, done) {
      const { input, output } = jobFacts.tokens;
      working.add({ left: minutes, input: input / minutes, output: output / minutes, done });
    },
    peak: () => peak,
  };
}
