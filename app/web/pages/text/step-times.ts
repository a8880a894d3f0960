import type { Job } from '../../../../core/job.ts';
import { duration } from '../../../../core/render/duration.ts';

const order = [
  ['dispatch', 'queue'],
  ['claim', 'start of the worker'],
  ['workspace', 'files'],
  ['setup', 'set-up'],
  ['agent', 'agent'],
  ['verify', 'verification'],
  ['publish', 'publishing'],
] as const;

/** A step below this had nothing to do. */
const leastMs = 50;

/** What the steps of a job took, in their order; undefined before any is known. */
export function stepTimes({ timings_ms = {} }: Pick<Job, 'timings_ms'>): string | undefined {
  const steps = order.flatMap(([name, words]) => {
    const ms = timings_ms[name];
    return ms === undefined || ms < leastMs ? [] : [`${words} ${duration(ms)}`];
  });
  return steps.length === 0 ? undefined : steps.join(', ');
}
