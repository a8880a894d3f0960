import type { Job } from '../../core/job.ts';
import type { RepositoryRef, Request } from '../../core/request.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import { toldInPrivate } from '../../core/told-in-private.ts';
import type { Order } from './order.ts';

type Deps = Readonly<{
  requests: Pick<RequestStore, 'get' | 'latestOf' | 'linksOf'>;
  jobs: Pick<JobStore, 'ofRequest'>;
}>;

/** A request that a command is about, with those of its jobs that the command is about. */
export type FoundRequest = Readonly<{
  request: Request;
  jobs: readonly Job[];
  /** Where it was made, when that is another repository: only the jobs of this one count here then. */
  elsewhere?: Elsewhere;
}>;

/**
 * Where another repository's request was made. `url` leads there, if that may be told; `answers` is true when commands
 * can be written there; `private` is true when the prompt may not be told here.
 */
export type Elsewhere = Readonly<{ url: string | undefined; answers: boolean; private: boolean }>;

/**
 * The request with this id; without an id the latest one that was made on the issue or pull request or has worked on
 * the pull request. Of one that was made in another repository only the part in this repository counts, so that nothing
 * of other repositories is told or done from here. One that would name a private repository in a repository that has
 * become public does not count.
 */
export async function findRequest(
  deps: Deps,
  { source }: Pick<Order, 'source'>,
  id: string | undefined,
): Promise<FoundRequest | undefined> {
  const here = source.repository;
  const request = id === undefined ? await latestOn(deps, source) : await deps.requests.get(id);
  if (!request) return undefined;
  const jobs = await deps.jobs.ofRequest(request.id);
  const own = jobs.filter(({ repository }) => repository.id === here.id);
  if (request.source.repository.id !== here.id)
    return own.length === 0
      ? undefined
      : { request, jobs: own, elsewhere: elsewhereOf(request, here) };
  return tellsTooMuch(request, jobs, here) ? undefined : { request, jobs };
}

/** The latest request that was made on an issue or pull request, or has worked on the pull request. */
export async function latestOn(
  { requests }: Pick<Deps, 'requests'>,
  source: Pick<Order['source'], 'repository' | 'issue_number' | 'pull_request'>,
): Promise<Request | undefined> {
  const { repository, issue_number, pull_request: number } = source;
  const made =
    issue_number === undefined ? undefined : await requests.latestOf({ repository, issue_number });
  const worked =
    number === undefined ? undefined : await latestWorker(requests, repository, number);
  const [latest] = [made, worked]
    .flatMap((request) => request ?? [])
    .toSorted((a, b) => b.created_at - a.created_at);
  return latest;
}

/** A request may be gone before its link. */
async function latestWorker(
  requests: Deps['requests'],
  { id: repository_id }: RepositoryRef,
  number: number,
): Promise<Request | undefined> {
  for (const { request_id } of (await requests.linksOf({ repository_id, number })).toReversed()) {
    const request = await requests.get(request_id);
    if (request) return request;
  }
  return undefined;
}

function elsewhereOf(request: Request, here: RepositoryRef): Elsewhere {
  const { repository, url, issue_number } = request.source;
  return {
    // Who reads a private repository need not know of another one.
    url: repository.private ? undefined : url,
    answers: issue_number !== undefined,
    private: toldInPrivate(request, { repository: here }),
  };
}

function tellsTooMuch({ source }: Request, jobs: readonly Job[], here: RepositoryRef): boolean {
  if (here.private || !source.repository.private) return false;
  return jobs.some(({ repository }) => repository.private && repository.id !== here.id);
}
