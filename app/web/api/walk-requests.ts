import type { Request } from '../../../core/request.ts';
import {
  type ListPlace,
  newestFirst,
  requestsOfInstallation,
} from '../../../core/store/request-list.ts';
import type { ApiDeps } from './api-deps.ts';

type Deps = Pick<ApiDeps, 'table' | 'served'>;

type From = Readonly<{
  after?: ListPlace | undefined;
  upTo?: number | undefined;
  /** How many one query reads of one installation. */
  part?: number;
}>;

type Stream = {
  installationId: number;
  waiting: Request[];
  after: ListPlace | undefined;
  more: boolean;
};

/**
 * Walks over the requests of all installations, the newest first, and reads no further than it is asked. What a viewer
 * may see of them is for the caller to find out.
 */
export async function* walkRequests(deps: Deps, from: From): AsyncGenerator<Request, void> {
  const streams: Stream[] = (await deps.served()).map(({ installationId }) => ({
    installationId,
    waiting: [],
    after: from.after,
    more: true,
  }));
  for (;;) {
    await Promise.all(streams.map((stream) => fill(deps, stream, from)));
    const heads = streams.flatMap(({ waiting: [first] }) => first ?? []).toSorted(newestFirst);
    const [next] = heads;
    if (!next) return;
    for (const stream of streams) if (stream.waiting[0] === next) stream.waiting.shift();
    yield next;
  }
}

async function fill(
  { table }: Deps,
  stream: Stream,
  { upTo, part: limit = 50 }: From,
): Promise<void> {
  if (stream.waiting.length > 0 || !stream.more) return;
  const { installationId, after } = stream;
  const part = await requestsOfInstallation(table, {
    installationId,
    after,
    upTo,
    limit,
  });
  const last = part.requests.at(-1);
  stream.waiting = [...part.requests];
  stream.more = part.more && last !== undefined;
  if (last) stream.after = { created_at: last.created_at, id: last.id };
}
