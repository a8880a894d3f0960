import { GithubError } from './github-error.ts';
import type { Principal } from './principal.ts';
import type { LimitName } from './secondary-limit.ts';

type RateState = Readonly<{ limit: number; used: number; remaining: number; reset: number }>;

/** Counts requests per caller and hour. */
export type RateLimit = Readonly<{
  /** Counts one request. Throws GithubError 403 when the hour's share is used up. */
  count: (principal: Principal) => void;
  /** Takes one request back: an answer of 304 is free. */
  forgive: (principal: Principal) => void;
  /** Where the caller stands; `reset` in epoch seconds. */
  state: (principal: Principal) => RateState;
}>;

const HOUR = 3_600_000;

type Options = Readonly<{
  now: () => number;
  /** How long an installation's minute lasts, in ms of that clock; people have whole ones. */
  minuteMs: number;
  broken: (limit: LimitName, installationId: number) => void;
}>;

/** Creates the counters on the given clock (ms). 5,000 an hour, 60 without a credential. */
export function createRateLimit({ now, minuteMs, broken }: Options): RateLimit {
  const hourOf = ({ type }: Principal) => (type === 'installation' ? minuteMs * 60 : HOUR);
  const windows = new Map<string, { since: number; used: number }>();
  const windowOf = (principal: Principal) => {
    const key = keyOf(principal);
    const current = windows.get(key);
    if (current && now() < current.since + hourOf(principal)) return current;
    const fresh = { since: now(), used: 0 };
    windows.set(key, fresh);
    return fresh;
  };
  const state: RateLimit['state'] = (principal) => {
    const { since, used } = windowOf(principal);
    const limit = principal.type === 'anonymous' ? 60 : 5_000;
    return {
      limit,
      used,
      remaining: Math.max(0, limit - used),
      reset: Math.ceil((since + hourOf(principal)) / 1_000),
    };
  };
  return {
    state,
    forgive: (principal) => {
      windowOf(principal).used -= 1;
    },
    count: (principal) => {
      const { limit, used } = state(principal);
      if (used >= limit) {
        if (principal.type === 'installation')
          broken('requests_per_hour', principal.installation.id);
        throw new GithubError(403, 'API rate limit exceeded');
      }
      windowOf(principal).used += 1;
    },
  };
}

/** The headers that tell the caller where it stands. */
export function rateHeaders(state: RateState): Record<string, string> {
  return {
    'x-ratelimit-limit': String(state.limit),
    'x-ratelimit-remaining': String(state.remaining),
    'x-ratelimit-used': String(state.used),
    'x-ratelimit-reset': String(state.reset),
    'x-ratelimit-resource': 'core',
  };
}

function keyOf(principal: Principal): string {
  switch (principal.type) {
    case 'app':
      return `app ${principal.app.id}`;
    case 'installation':
      return `installation ${principal.installation.id}`;
    case 'user':
      return `user ${principal.account.id}`;
    case 'anonymous':
      return 'anonymous';
  }
}
