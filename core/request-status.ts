import type { JobState } from './job.ts';
import { isTerminal } from './job-state.ts';

/** What a request is doing, seen over all its jobs. Derived, never stored. */
export type RequestStatus = 'queued' | 'running' | 'succeeded' | 'partial' | 'failed' | 'cancelled';

/**
 * Returns the status of a request from the states of its jobs. While one of them goes on it is `queued` (nothing has
 * started) or `running`; afterwards `partial` means that some jobs gave a result and some did not.
 */
export function requestStatus(jobs: readonly Readonly<{ state: JobState }>[]): RequestStatus {
  const states = jobs.map((job) => job.state);
  if (states.every((state) => state === 'queued')) return 'queued';
  if (!states.every(isTerminal)) return 'running';
  const without = states.filter((state) => state === 'failed' || state === 'cancelled');
  if (without.length === 0) return 'succeeded';
  if (without.length < states.length) return 'partial';
  return without.includes('failed') ? 'failed' : 'cancelled';
}
