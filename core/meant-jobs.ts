import type { CauseCode } from './cause.ts';
import type { Command } from './command.ts';
import type { Job } from './job.ts';
import { plannedJobs } from './plan-record.ts';
import type { Request } from './request.ts';

/** The commands that go on with what an earlier request did. */
export type TakeUp = Extract<Command, { type: 'continue' | 'retry' | 'rebase' | 'approve' }>;

/** Ends after which more money, turns or time may bring the work to its end. */
const stops: readonly CauseCode[] = [
  'budget_exhausted',
  'turn_limit',
  'token_limit',
  'time_limit',
  'stuck',
  'cancelled_by_user',
];

/** Returns the jobs of an ended request that the command is about. Pure. */
export function meantJobs(
  jobs: readonly Job[],
  take: TakeUp,
  { plan }: Pick<Request, 'plan'> = {},
): readonly Job[] {
  switch (take.type) {
    case 'continue':
      // A plan leaves no work tree to go on from.
      return plan ? [] : jobs.filter(wasStopped);
    case 'rebase':
      return jobs.filter((job) => job.state === 'pull_request');
    case 'approve':
      return plannedJobs(jobs);
    case 'retry':
      return jobs.filter((job) => hasFailed(job) && isNamed(job, take.repository));
  }
}

/** True when the repository is the job's, or none is named. */
export function isNamed(
  job: Job,
  named: Readonly<{ owner: string; name: string }> | undefined,
): boolean {
  if (!named) return true;
  const name = `${job.repository.owner}/${job.repository.name}`;
  return name.toLowerCase() === `${named.owner}/${named.name}`.toLowerCase();
}

/** A patch that was asked for, or is all that a fork gets, is what was wanted. */
function hasFailed({ state, cause }: Job): boolean {
  const wanted = cause?.code === 'no_pull_request_asked' || cause?.code === 'pull_request_of_fork';
  if (state === 'patch') return !wanted;
  return state === 'failed' || state === 'cancelled';
}

/** A cancel may have come before anything was done. */
function wasStopped(job: Job): boolean {
  const code = job.cause?.code;
  if (code === undefined || !stops.includes(code)) return false;
  return code !== 'cancelled_by_user' || job.snapshot !== undefined;
}
