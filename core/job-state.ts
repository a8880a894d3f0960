import type { JobState } from './job.ts';

/** States in which nothing more happens to a job. */
export const terminalStates = [
  'pull_request',
  'patch',
  'answered',
  'planned',
  'cancelled',
  'failed',
] as const satisfies readonly JobState[];

/** States in which a worker holds, or is about to hold, the job: they occupy a slot. */
export const activeStates = [
  'starting',
  'running',
  'publishing',
] as const satisfies readonly JobState[];

/** At most this many attempts per job (DESIGN §2). */
export const maxAttempts = 3;

/** So often a host may be taken away from a job without using up an attempt. */
export const maxInterruptions = 5;

const next: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ['starting', 'cancelled', 'failed'],
  starting: ['running', 'publishing', 'queued', 'cancelled', 'failed'],
  running: ['publishing', 'answered', 'planned', 'patch', 'queued', 'cancelled', 'failed'],
  publishing: ['pull_request', 'patch', 'queued', 'cancelled', 'failed'],
  pull_request: [],
  patch: [],
  answered: [],
  planned: [],
  cancelled: [],
  failed: [],
};

/** True when the job has ended for good. */
export function isTerminal(state: JobState): boolean {
  return next[state].length === 0;
}

/** True when the job occupies a slot of its installation and repository. */
export function isActive(state: JobState): boolean {
  return activeStates.some((active) => active === state);
}

/** True when a job may go from one state to the other in one write. */
export function mayFollow(from: JobState, to: JobState): boolean {
  return next[from].includes(to);
}

/** Throws a defect when the step is not one of the state machine's. */
export function assertTransition(from: JobState, to: JobState): void {
  if (!mayFollow(from, to)) throw new Error(`Illegal job transition from ${from} to ${to}`);
}
