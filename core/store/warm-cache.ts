import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import type { Table } from './table.ts';
import type { Clause } from './table-action.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** How far the prompt cache holds the shared beginning of a request's jobs. Times are Unix ms. */
const CacheState = z.discriminatedUnion('state', [
  /** A job is about to write it, and has until then. */
  z.object({ state: z.literal('warming'), job: z.string(), until: z.number().int() }),
  z.object({ state: z.literal('warm'), at: z.number().int() }),
]);
export type CacheState = z.infer<typeof CacheState>;

/** What jobs have in common that begin alike. Caches are per model. */
export type CacheKey = Readonly<{ request_id: string; model: string; prefix_sha256: string }>;

/** `take` the warming place, `wait` for the job that has it, or `go` on. */
export type CacheDecision = 'take' | 'wait' | 'go';

/** How long the platform keeps an entry, less the time that a call may take to arrive ("Prompt caching"). */
const freshMs = { '1h': 55 * 60_000, '5m': 4 * 60_000 } as const;

type Facts = Readonly<{
  state: CacheState | undefined;
  job: string;
  now: number;
  ttl: keyof typeof freshMs;
}>;

/** Decides what a job does that is about to send its first call. Pure. */
export function decideCache({ state, job, now, ttl }: Facts): CacheDecision {
  if (!state) return 'take';
  if (state.state === 'warm') return now - state.at <= freshMs[ttl] ? 'go' : 'take';
  if (state.job === job) return 'go';
  return state.until > now ? 'wait' : 'take';
}

/**
 * Who fills the prompt cache for the jobs of a request.
 * Contract: `enter` gives the warming place to one job at a time; both throw what the table throws.
 */
export type WarmCache = Readonly<{
  /** Takes the warming place for `ms` when it is free. `go` for the job that has it. */
  enter: (key: CacheKey, taker: Readonly<{ job: string; ms: number }>) => Promise<'go' | 'wait'>;
  /** The shared beginning can be read from the cache from now on. */
  warmed: (key: CacheKey) => Promise<void>;
}>;

type Deps = Readonly<{ table: Table; now: () => number; ttl?: keyof typeof freshMs }>;

/** Binds the places to a table and a clock. `ttl` is that of the shared breakpoints, default 1 h. */
export function createWarmCache({ table, now, ttl = '1h' }: Deps): WarmCache {
  return {
    async enter(key, { job, ms }) {
      const item = await table.get(keys.warmCache(key));
      const state = item === undefined ? undefined : CacheState.parse(item);
      const decision = decideCache({ state, job, now: now(), ttl });
      if (decision !== 'take') return decision;
      const taken = { state: 'warming', job, until: now() + ms } as const;
      try {
        await table.transact([{ type: 'put', item: itemOf(key, taken), when: [unchanged(state)] }]);
        return 'go';
      } catch (error) {
        // Another job was quicker.
        if (error instanceof ConditionFailed) return 'wait';
        throw error;
      }
    },
    async warmed(key) {
      await table.transact([{ type: 'put', item: itemOf(key, { state: 'warm', at: now() }) }]);
    },
  };
}

/** No entry of a prompt cache lives longer. */
const keptMs = 2 * 3_600_000;

function itemOf(key: CacheKey, state: CacheState) {
  const at = state.state === 'warm' ? state.at : state.until;
  return { ...keys.warmCache(key), type: 'warm_cache', ...state, ...ttlAt(at + keptMs) };
}

function unchanged(state: CacheState | undefined): Clause {
  if (!state) return { attribute: 'pk', is: 'absent' };
  return state.state === 'warm'
    ? { attribute: 'at', is: '=', value: state.at }
    : { attribute: 'until', is: '=', value: state.until };
}
