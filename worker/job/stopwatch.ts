import type { JobTimings } from '../../core/job.ts';

type Step = keyof JobTimings;

/** Measures the steps of a job in whole ms, on top of what earlier attempts took. */
export type Stopwatch = Readonly<{
  time: <T>(step: Step, work: () => Promise<T>) => Promise<T>;
  timings: () => JobTimings;
}>;

/** Starts from the timings that stand in the job. */
export function createStopwatch(before: JobTimings | undefined, now: () => number): Stopwatch {
  let timings: JobTimings = { ...before };
  return {
    timings: () => timings,
    async time(step, work) {
      const started = now();
      try {
        return await work();
      } finally {
        timings = { ...timings, [step]: (timings[step] ?? 0) + now() - started };
      }
    },
  };
}
