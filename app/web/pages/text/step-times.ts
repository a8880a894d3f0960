import type { Job } from '../../../../core/job.ts';
import { duration } from '../../../../core/render/duration.ts';

const order = ['dispatch', 'claim', 'workspace', 'setup', 'agent', 'verify', 'publish'] as const;

/** What the steps of a job took, in their order; undefined before any is known. */
export function stepTimes({ timings_ms = {} }: Pick<Job, 'timings_ms'>): string | undefined {
  const steps = order.flatMap((name) => {
    const ms = timings_ms[name];
    return ms === undefined ? [] : [`${name} ${duration(ms)}`];
  });
  return steps.length === 0 ? undefined : steps.join(', ');
}
