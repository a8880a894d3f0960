import { z } from 'zod';
import type { RequestStatus } from '../../../core/request-status.ts';
import type { Request } from '../../../core/request.ts';
import type { ListPlace } from '../../../core/store/request-list.ts';
import type { Viewer } from '../access/viewer.ts';
import type { ApiParts } from './api-deps.ts';
import type { SeenRequest } from './request-document.ts';
import { seeRequest } from './see-request.ts';
import { walkRequests } from './walk-requests.ts';

/** Where a list of requests goes on: behind this request. */
export const RequestPlace = z.object({ created_at: z.number().int(), id: z.string() });

/** What the caller wants to see. Times are Unix ms. */
export type RequestFilters = Readonly<{
  state?: RequestStatus | undefined;
  /** `owner/name` of a target or of the source. */
  repository?: string | undefined;
  /** A login. */
  requester?: string | undefined;
  before?: number | undefined;
  after?: number | undefined;
}>;

type Wanted = Readonly<{
  viewer: Viewer;
  filters: RequestFilters;
  place: ListPlace | undefined;
  limit: number;
}>;

type Deps = Pick<ApiParts, 'access' | 'table' | 'served' | 'readJobs'>;

/** Requests that one call looks at, whatever it finds: this bounds what it costs. */
const mostLookedAt = 200;
/** Requests that are looked at together. */
const chunk = 25;

/**
 * Returns the requests that the viewer may see and wants, the newest first, and where the list goes on. A part may be
 * short or empty although more follows, because a call looks at 200 requests at most.
 */
export async function listRequests(
  deps: Deps,
  wanted: Wanted,
): Promise<Readonly<{ items: readonly SeenRequest[]; next: ListPlace | undefined }>> {
  const { filters, limit } = wanted;
  const items: SeenRequest[] = [];
  const walk = walkRequests(deps, { after: wanted.place, upTo: filters.before });
  let place = wanted.place;
  for (let looked = 0; looked < mostLookedAt;) {
    const requests = await take(walk, { count: chunk, oldest: filters.after });
    looked += requests.length;
    const seen = await Promise.all(requests.map((one) => see(deps, wanted, one)));
    for (const [index, request] of requests.entries()) {
      place = { created_at: request.created_at, id: request.id };
      const one = seen[index];
      if (one) items.push(one);
      if (items.length === limit) return { items, next: place };
    }
    if (requests.length < chunk) return { items, next: undefined };
  }
  return { items, next: place };
}

type Taking = Readonly<{ count: number; oldest: number | undefined }>;

async function take(
  walk: AsyncGenerator<Request, void>,
  { count, oldest }: Taking,
): Promise<readonly Request[]> {
  const taken: Request[] = [];
  while (taken.length < count) {
    const { value, done } = await walk.next();
    if (done || !value || (oldest !== undefined && value.created_at < oldest)) break;
    taken.push(value);
  }
  return taken;
}

async function see(
  deps: Deps,
  { viewer, filters }: Wanted,
  request: Request,
): Promise<SeenRequest | undefined> {
  const { requester } = filters;
  if (requester !== undefined && !same(request.requester.login, requester)) return undefined;
  const jobs = await deps.readJobs(request);
  const seen = await seeRequest(deps, viewer, { request, jobs });
  return seen && isWanted(seen, filters) ? seen : undefined;
}

function isWanted(seen: SeenRequest, { state, repository }: RequestFilters): boolean {
  if (state !== undefined && seen.status !== state) return false;
  if (repository === undefined) return true;
  const places = [...seen.jobs, ...(seen.source ? [seen.request.source] : [])];
  return places.some(({ repository: { owner, name } }) => same(`${owner}/${name}`, repository));
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
