import { Request } from '../request.ts';
import type { Table } from './table.ts';

/** A place in a list of requests, the newest first: what follows is older, or as old with a smaller id. */
export type ListPlace = Readonly<{ created_at: number; id: string }>;

/** One part of a list. `more` is false when nothing follows. */
export type RequestPart = Readonly<{ requests: readonly Request[]; more: boolean }>;

type Wanted = Readonly<{
  installationId: number;
  /** Begin behind this place. */
  after?: ListPlace | undefined;
  /** Begin at this time (Unix ms) or before. */
  upTo?: number | undefined;
  limit: number;
}>;

/**
 * Returns the next requests of an installation, the newest first, at most `limit` of them and with one query of the
 * index. Only where more than `limit` requests have the very same millisecond are some of them left out.
 */
export async function requestsOfInstallation(table: Table, wanted: Wanted): Promise<RequestPart> {
  const { installationId, after, limit } = wanted;
  const upTo = Math.min(
    after?.created_at ?? Number.MAX_SAFE_INTEGER,
    wanted.upTo ?? Number.MAX_SAFE_INTEGER,
  );
  const items = await table.query({
    index: 'by_installation',
    partition: `installation#${installationId}`,
    upTo,
    limit: limit + 1,
    newestFirst: true,
  });
  const found = items.flatMap((item) => Request.safeParse(item).data ?? []);
  const more = items.length > limit;
  const last = found.at(-1)?.created_at;
  // The index gives those of one millisecond in an order of its own: the next part begins with all of them.
  const whole = more ? found.filter(({ created_at }) => created_at !== last) : found;
  const kept = whole.length > 0 ? whole : found;
  return { requests: kept.toSorted(newestFirst).filter((one) => isBehind(one, after)), more };
}

/** The order of a list. */
export function newestFirst(a: ListPlace, b: ListPlace): number {
  if (a.created_at !== b.created_at) return b.created_at - a.created_at;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

function isBehind(request: Request, place: ListPlace | undefined): boolean {
  return place === undefined || newestFirst(place, request) < 0;
}
