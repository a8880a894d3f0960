import type { Context } from 'hono';
import type { Viewer } from '../access/viewer.ts';
import { WebProblem } from '../problem.ts';
import type { WebEnv } from '../web-env.ts';
import { type Caller, callerOf } from './caller.ts';
import { createRateLimit } from './rate-limit.ts';

/** What the host of pages and API knows of connections. */
export type Connections = Readonly<{
  /** The address at the other end of the connection that a call came by. */
  peer: (context: Context<WebEnv>) => string | undefined;
  /** How many proxies stand before us that add to `X-Forwarded-For`. */
  proxies: number;
}>;

/** Counts a call of a viewer, or of somebody unknown. Throws WebProblem for too many. */
export type KeepLimits = (context: Context<WebEnv>, viewer: Viewer | undefined) => void;

/**
 * Creates the limits of this process: for each session and token, and for everybody else by address, so that a
 * stranger shuts out nobody but himself.
 */
export function createKeepLimits({
  peer,
  proxies,
  now,
}: Connections & Readonly<{ now: () => number }>): KeepLimits {
  const viewers = createRateLimit({ burst: 120, perSecond: 10, now });
  const strangers = createStrangerLimit(now);
  return (context, viewer) => {
    const forwarded = context.req.header('x-forwarded-for');
    const waitMs = viewer
      ? viewers(viewer.key)
      : strangers(callerOf({ peer: peer(context), forwarded, proxies }));
    if (waitMs === undefined) return;
    throw new WebProblem('rate_limited', 'Too many calls at once. Come again in a moment.', {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
    });
  };
}

/**
 * Creates the limit of those who have no session. What one client is refused takes nothing from the others. The limit
 * of a peer holds whoever reaches us past the proxy and makes up addresses; the one of all holds many at once.
 */
export function createStrangerLimit(now: () => number): (caller: Caller) => number | undefined {
  const clients = createRateLimit({ burst: 100, perSecond: 10, now });
  const peers = createRateLimit({ burst: 1_000, perSecond: 250, now });
  const all = createRateLimit({ burst: 2_000, perSecond: 500, now });
  return ({ client, peer }) => clients(client) ?? peers(peer) ?? all('all');
}
