import type { RepositoryRef, Request } from '../../core/request.ts';
import { requestPlace } from '../../core/request-place.ts';
import type { JobStore } from '../../core/store/job-store.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { Order } from './order.ts';

type Deps = Readonly<{
  requests: Pick<RequestStore, 'get' | 'latestOf' | 'linksOf'>;
  jobs: Pick<JobStore, 'ofRequest'>;
}>;

/**
 * The request with this id if it was made in the command's repository. Without an id the latest one of the issue or
 * pull request; on a pull request that counts which was made elsewhere in this repository and worked on it. One that
 * would name a private repository in a repository that has become public does not count.
 */
export async function findRequest(
  deps: Deps,
  { source }: Pick<Order, 'source'>,
  id: string | undefined,
): Promise<Request | undefined> {
  const found =
    id === undefined
      ? ((await latestHere(deps, source)) ?? (await latestWorker(deps, source)))
      : await deps.requests.get(id);
  if (found?.source.repository.id !== source.repository.id) return undefined;
  return (await tellsTooMuch(deps, found, source.repository)) ? undefined : found;
}

async function tellsTooMuch(
  { jobs }: Deps,
  { id, source }: Request,
  here: RepositoryRef,
): Promise<boolean> {
  if (here.private || !source.repository.private) return false;
  return (await jobs.ofRequest(id)).some(
    ({ repository }) => repository.private && repository.id !== here.id,
  );
}

async function latestHere(deps: Deps, source: Order['source']): Promise<Request | undefined> {
  const place = requestPlace(source);
  return place && deps.requests.latestOf(place);
}

async function latestWorker(deps: Deps, source: Order['source']): Promise<Request | undefined> {
  if (source.pull_request === undefined) return undefined;
  const which = { repository_id: source.repository.id, number: source.pull_request };
  const latest = (await deps.requests.linksOf(which)).at(-1);
  return latest && deps.requests.get(latest.request_id);
}
