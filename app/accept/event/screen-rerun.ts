import type { Command } from '../../../core/command.ts';
import { requestId, sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type {
  RepositoryRef,
  Request,
  RequestContext,
  RequestSource,
} from '../../../core/request.ts';
import { toldInPrivate } from '../../../core/told-in-private.ts';
import type { PromptCommand } from '../decide.ts';
import { ignore, type Screened } from '../order.ts';
import { meantJobs } from '../../../core/meant-jobs.ts';
import type { CheckRunEvent } from './check-event.ts';
import { repositoryOf } from './event-place.ts';

/** "Re-run" on the check run that holds a job's thread. */
export type RerunFacts = Readonly<{
  event: CheckRunEvent;
  /** The job that the check run names, if it exists. */
  job: Job | undefined;
  request: Request | undefined;
  /** The prompt of its request with the wishes that came with it. */
  prompt: PromptCommand | undefined;
  context: RequestContext | undefined;
}>;

/**
 * Tells what "Re-run" asks for: what failed is run again, else the same prompt on the present head. The run counts only
 * if the job itself knows it. Pure.
 */
export function screenRerun({ event, job, request, prompt, context }: RerunFacts): Screened {
  const { check_run, repository, sender } = event;
  if (!job || !request || !prompt || !context) return ignore('the check run of no job');
  if (job.check_run?.id !== check_run.id || job.repository.id !== repository.id)
    return ignore('the check run of another job');
  if (!isTerminal(job.state)) return ignore('the job goes on');
  const { command, place } = wish({ job, request, prompt, here: repositoryOf(event.repository) });
  const key = `rerequested:${check_run.id}:${check_run.completed_at ?? ''}`;
  return {
    type: 'order',
    order: {
      key,
      request_id: requestId(key),
      payload_sha256: sha256(JSON.stringify([key, sender.id])),
      source: {
        type: 'button',
        ...place,
        check_run_id: check_run.id,
        head_sha: check_run.head_sha,
        url: check_run.html_url ?? request.source.url,
      },
      requester: { id: sender.id, login: sender.login },
      written_at: Date.parse(check_run.completed_at ?? '') || request.created_at,
      parsed: { type: 'command', command },
      check: {
        installation_id: event.installation.id,
        repository: repositoryOf(repository),
        id: check_run.id,
      },
      context,
    },
  };
}

type Place = Pick<
  RequestSource,
  'installation_id' | 'repository' | 'issue_number' | 'pull_request'
>;

type Wished = Readonly<{
  job: Job;
  request: Request;
  prompt: PromptCommand;
  /** The repository of the job as it is now. */
  here: RepositoryRef;
}>;

function wish({
  job,
  request,
  prompt,
  here,
}: Wished): Readonly<{ command: Command; place: Place }> {
  // The job bears the name that it was made under.
  const { owner, name } = job.repository;
  const retry = { type: 'retry' as const, id: request.id, repository: { owner, name } };
  if (meantJobs([job], retry).length > 0)
    return { command: retry, place: placeOf(request.source, here) };
  const pull_request = job.pull_request?.number ?? job.iteration?.pull_request;
  // The prompt of a private place is not told on a public pull request.
  if (pull_request !== undefined && !toldInPrivate(request, { repository: here })) {
    const { installation_id } = job;
    return {
      command: prompt,
      place: { installation_id, repository: here, issue_number: pull_request, pull_request },
    };
  }
  // On a pull request the target is given.
  const given = request.source.pull_request !== undefined;
  return {
    command: {
      ...prompt,
      ...(given ? {} : { repositories: [{ owner, name, branch: job.base_branch }] }),
      ...(request.allow_public ? { allow_public: true } : {}),
    },
    place: placeOf(request.source, here),
  };
}

/** Where the request was made: it is taken up from there, and hears of it there. */
function placeOf(
  { installation_id, repository, issue_number, pull_request }: RequestSource,
  here: RepositoryRef,
): Place {
  return {
    installation_id,
    // It may have become public since.
    repository: repository.id === here.id ? here : repository,
    ...(issue_number === undefined ? {} : { issue_number }),
    ...(pull_request === undefined ? {} : { pull_request }),
  };
}
