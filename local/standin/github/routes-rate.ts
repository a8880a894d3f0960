import type { RateLimit } from './rate-limit.ts';
import type { Route } from './route.ts';

/** The route that tells where the caller's rate limit stands; asking is free. */
export function rateRoute(rate: RateLimit): Route {
  return {
    operation: 'GET /rate_limit',
    handle: ({ principal }) => {
      const core = rate.state(principal);
      const search = { ...core, limit: 30, used: 0, remaining: 30 };
      return { status: 200, body: { resources: { core, search }, rate: core } };
    },
  };
}
