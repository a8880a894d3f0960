import type { Job } from '../job.ts';
import { isTerminal } from '../job-state.ts';
import { meantJobs } from '../meant-jobs.ts';
import { plannedJobs } from '../plan-record.ts';
import type { Request } from '../request.ts';
import { pullRequestLink } from './job-words.ts';
import { codeSpan } from './markdown.ts';

type Wanted = Readonly<{
  request: Pick<Request, 'id' | 'plan'>;
  jobs: readonly Job[];
  /** The commands that go on with the request and can be written here; all by default. */
  takeUps?: readonly ('approve' | 'continue' | 'retry')[];
}>;

const all = ['approve', 'continue', 'retry'] as const;

const words = {
  approve: 'carries out the plan',
  continue: 'goes on from where it was stopped',
  retry: 'runs again what failed or was cancelled',
} as const;

/** Returns the commands that do something with these jobs as they are now, as lines of a Markdown list. Pure. */
export function nextCommands({ request, jobs, takeUps = all }: Wanted): readonly string[] {
  const { id } = request;
  if (jobs.some((job) => !isTerminal(job.state)))
    return [`- ${codeSpan(`/cody cancel ${id}`)} stops what is not done`];
  const open = takeUps.filter((type) =>
    type === 'approve'
      ? plannedJobs(jobs).length > 0
      : meantJobs(jobs, { type }, request).length > 0,
  );
  return [
    ...open.map((type) => `- ${codeSpan(`/cody ${type} ${id}`)} ${words[type]}`),
    ...goingOn(jobs),
  ];
}

/** How to go on with a pull request; several are gone on with one by one. */
function goingOn(jobs: readonly Job[]): readonly string[] {
  const [job, another] = jobs.filter(({ state }) => state === 'pull_request');
  if (!job) return [];
  const link = pullRequestLink(job) ?? 'the pull request';
  const effect = another
    ? 'on one of the pull requests adds a commit to it'
    : `on ${link} adds ${job.iteration?.own ? 'another commit' : 'a commit to it'}`;
  return [`- ${codeSpan('/cody <what to do>')} ${effect}`];
}
