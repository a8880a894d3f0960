import type { CauseCode } from '../cause.ts';
import type { Job } from '../job.ts';
import { isActive } from '../job-state.ts';
import { duration } from './duration.ts';
import { codeSpan, inline, link } from './markdown.ts';

/** Returns `owner/name@base`. */
export function target(job: Job): string {
  return `${repositoryName(job)}@${job.base_branch}`;
}

/** Returns `owner/name`. */
export function repositoryName(job: Job): string {
  return `${job.repository.owner}/${job.repository.name}`;
}

/** Returns the job's state in words, with the time (ms) that it has been going on or the reason for waiting. */
export function stateWords(job: Job, now: number, plan = false): string {
  if (job.state === 'queued') {
    const waits =
      job.waiting_for === undefined ? 'waiting' : `waiting for ${inline(job.waiting_for)}`;
    return job.queue_position === undefined
      ? waits
      : `${waits} (${placeWords(job.queue_position)})`;
  }
  if (isActive(job.state)) {
    const state = activeWords(job, plan);
    return `${state}, ${duration(Math.max(0, now - (job.started_at ?? job.state_at)))}`;
  }
  return outcomeWords(job);
}

/** A publication that has begun is not stopped any more. */
function activeWords({ state, cancel_requested_by }: Job, plan: boolean | undefined): string {
  if (cancel_requested_by !== undefined && state !== 'publishing') return 'stopping';
  return plan && state === 'running' ? 'planning' : state;
}

/** Places beyond the fifth are not told apart. */
function placeWords(position: number): string {
  return position === 1
    ? 'next in the queue'
    : position > 5
      ? 'at least 5 before it'
      : `${position - 1} before it`;
}

/** Returns how the job ended, or its state while it goes on. */
export function outcomeWords(job: Job): string {
  if (job.state === 'pull_request' && job.iteration?.own) return 'pull request updated';
  if (job.state === 'pull_request') {
    return job.pull_request?.draft === true ? 'draft pull request' : 'pull request';
  }
  if (job.state === 'patch') {
    return job.iteration?.own ? 'patch kept, nothing pushed' : 'patch kept, no pull request';
  }
  return job.state === 'planned' ? 'plan ready' : job.state;
}

/** Returns a link to the job's pull request; undefined when there is none. */
export function pullRequestLink(job: Job): string | undefined {
  const pull = job.pull_request;
  return pull === undefined ? undefined : link(`#${pull.number}`, pull.url);
}

/** Returns why the job ended as it did and the next step; undefined when there is nothing to explain. */
export function causeWords(job: Job): string | undefined {
  const cause = job.cause;
  if (!cause || wished.includes(cause.code)) return undefined;
  return cause.next === undefined
    ? inline(cause.sentence)
    : `${inline(cause.sentence)} Next: ${step(cause.next)}`;
}

/** Returns what to know about a pull request whose verification is red; undefined when there is nothing of the kind. */
export function redWords(job: Job): string | undefined {
  if (job.state !== 'pull_request' || job.verification?.status !== 'red') return undefined;
  const draft = job.pull_request?.draft === true ? ', so it is a draft' : '';
  return `Not all verification commands passed${draft}.`;
}

/** What was asked for is there. */
const wished: readonly CauseCode[] = ['completed', 'answered', 'planned'];

/** A command is shown as code, so that it can be copied. */
function step(next: string): string {
  return next.startsWith('/cody') && !next.includes('. ') ? codeSpan(next) : withCommands(next);
}

function withCommands(next: string): string {
  return next
    .split('`')
    .map((part, index) => (index % 2 === 1 ? codeSpan(part) : inline(part)))
    .join(' ')
    .replaceAll(/ ([.,;:])/g, '$1');
}
