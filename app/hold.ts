import type { Job } from '../core/job.ts';
import type { ModelPause } from '../core/store/model-pause.ts';
import { longestWaitMs } from './waiting.ts';

/** What the pause of the model key means for a queued job. Times are Unix ms. */
export type Hold =
  | Readonly<{ type: 'none' }>
  /** The job may be the one that tries whether calls are answered again. */
  | Readonly<{ type: 'probe'; pause: ModelPause }>
  | Readonly<{ type: 'wait'; until: number }>
  /** It has waited for too long. */
  | Readonly<{ type: 'end' }>;

type Facts = Readonly<{
  job: Pick<Job, 'id' | 'phase' | 'state_at' | 'outages'>;
  pause: ModelPause | undefined;
  now: number;
}>;

/** Decides whether a queued job may start. Publishing calls no model, so that it is never held back. Pure. */
export function holdOf({ job, pause, now }: Facts): Hold {
  if (!pause || job.phase === 'publish') return { type: 'none' };
  const tried = probeUntil(pause, job.id, now);
  const next = Math.max(pause.until, tried);
  if (next <= now) return { type: 'probe', pause };
  // One that has tried and came back has waited since the pause began.
  const waits = job.outages ? pause.since : Math.max(job.state_at, pause.since);
  const longest = waits + longestWaitMs;
  return longest <= now ? { type: 'end' } : { type: 'wait', until: Math.min(next, longest) };
}

/** Until when another job has the place to try; 0 when nobody has. */
function probeUntil(pause: ModelPause, id: string, now: number): number {
  const { probe_job: holder, probe_until: until = 0 } = pause;
  return holder === undefined || holder === id || until <= now ? 0 : until;
}
