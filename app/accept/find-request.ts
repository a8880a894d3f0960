import type { Request } from '../../core/request.ts';
import { requestPlace } from '../../core/request-place.ts';
import type { RequestStore } from '../../core/store/request-store.ts';
import type { Order } from './order.ts';

type Deps = Readonly<{ requests: RequestStore }>;

/**
 * The request with this id if it was made in the command's repository. Without an id the latest one of the issue or
 * pull request; on a pull request that counts which was made elsewhere in this repository and worked on it.
 */
export async function findRequest(
  deps: Deps,
  { source }: Order,
  id: string | undefined,
): Promise<Request | undefined> {
  const found =
    id === undefined
      ? ((await latestHere(deps, source)) ?? (await latestWorker(deps, source)))
      : await deps.requests.get(id);
  return found?.source.repository.id === source.repository.id ? found : undefined;
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
