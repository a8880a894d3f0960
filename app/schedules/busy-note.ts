import { UserError } from '../../core/errors.ts';
import { pullRequestState } from '../../core/github/pull-request.ts';
import { repositoryById } from '../../core/github/repository.ts';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import { appFailure } from '../installations.ts';
import { scheduleNotes } from '../schedule-replies.ts';
import type { ScheduleDeps } from './schedule-deps.ts';

type Deps = Pick<ScheduleDeps, 'installations' | 'jobs' | 'requests'>;

/** Runs that went on with a run are looked at as well, up to so many. */
const maxRuns = 10;

/**
 * Why the next run of a schedule has to wait for its latest one: that still goes on, or has a pull request that is open.
 * Undefined when it need not. Throws TransientError when GitHub or the table is out.
 */
export async function busyNote(
  deps: Deps,
  requestId: string | undefined,
): Promise<string | undefined> {
  if (requestId === undefined) return undefined;
  const jobs = await jobsSince(deps, requestId);
  const going = jobs.find((job) => !isTerminal(job.state));
  if (going) return scheduleNotes.running(going.request_id);
  for (const job of jobs) {
    if (await isOpen(deps, job)) return scheduleNotes.open(pullRequestName(job, jobs));
  }
  return undefined;
}

/** The jobs of a request and of those that people made out of it. */
async function jobsSince(deps: Deps, requestId: string): Promise<readonly Job[]> {
  const ids = new Set([requestId]);
  const jobs: Job[] = [];
  for (const id of ids) {
    jobs.push(...(await deps.jobs.ofRequest(id)));
    if (ids.size >= maxRuns) continue;
    for (const { by } of await deps.requests.takenOf(id)) ids.add(by);
  }
  return jobs;
}

async function isOpen({ installations }: Deps, job: Job): Promise<boolean> {
  const number = job.pull_request?.number;
  if (number === undefined) return false;
  try {
    const github = await installations.client(job.installation_id);
    const repository = await repositoryById(github, job.repository.id);
    return !!repository && !!(await pullRequestState(github, { repository, number }))?.open;
  } catch (error) {
    const failure = appFailure(error);
    // What the App may not see any more keeps nothing waiting.
    if (failure instanceof UserError) return false;
    throw failure;
  }
}

function pullRequestName({ pull_request, repository }: Job, jobs: readonly Job[]): string {
  const number = `#${String(pull_request?.number ?? 0)}`;
  const several = new Set(jobs.map((job) => job.repository.id)).size > 1;
  return several ? `${repository.owner}/${repository.name}${number}` : number;
}
