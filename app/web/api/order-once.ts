import { requestId, sha256 } from '../../../core/ids.ts';
import type { Command } from '../../../core/command.ts';
import type { Request } from '../../../core/request.ts';
import { finishRequest } from '../../accept/finish-request.ts';
import type { Order } from '../../accept/order.ts';
import type { AccessPlace } from '../access/live-access.ts';
import type { Viewer } from '../access/viewer.ts';
import { WebProblem } from '../problem.ts';
import type { ApiDeps } from './api-deps.ts';

/** What is asked for, by whom, and under which key of theirs. */
export type Asked = Readonly<{
  viewer: Viewer;
  idempotencyKey: string;
  place: AccessPlace;
  command: Command;
  /** What the caller sent, which the key stands for. */
  payload: unknown;
}>;

type Deps = Pick<ApiDeps, 'accept'>;

/** The order of a call: its key is the caller's own, so that the same call sent twice is one order. */
export function apiOrder({ accept }: Deps, asked: Asked): Order {
  const { viewer, idempotencyKey, place, command, payload } = asked;
  const { owner, name } = place.repository;
  const key = `api:${viewer.user.id}:${idempotencyKey}`;
  return {
    key,
    request_id: requestId(key),
    payload_sha256: sha256(JSON.stringify([key, payload])),
    source: { type: 'api', ...place, url: `${accept.serverUrl}/${owner}/${name}` },
    requester: viewer.user,
    written_at: accept.now(),
    parsed: { type: 'command', command },
    context: {},
  };
}

/** As `madeBy`, and what a crash may have left undone for a request that was there is done. */
export async function madeBefore(deps: Deps, order: Order): Promise<Request | undefined> {
  const request = await madeBy(deps, order);
  if (request) await finishRequest(deps.accept, order);
  return request;
}

/**
 * The request that an order made; undefined when it made none. Throws WebProblem 422 when the key was used for
 * something else.
 */
export async function madeBy({ accept }: Deps, order: Order): Promise<Request | undefined> {
  const known = await accept.requests.command(order.key);
  if (!known) return undefined;
  if (known.payload_sha256 !== order.payload_sha256)
    throw new WebProblem(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another request. Use a new one.',
    );
  return accept.requests.get(order.request_id);
}
