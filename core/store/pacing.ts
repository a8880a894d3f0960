import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionFailed } from '../errors.ts';
import {
  earliestStart,
  type PacingLimits,
  PacingState,
  type Wish,
  withoutFuture,
  withStart,
} from './pacing-state.ts';
import type { Policy } from '../policy.ts';
import type { Times } from '../times.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** `go`: the write is counted and starts in `inMs`. `wait`: nothing is counted, and there is room in `ms` or later. */
export type PacingAnswer = Readonly<{ type: 'go'; inMs: number } | { type: 'wait'; ms: number }>;

/** One installation's writes to GitHub, shared by all processes through one item of the table. */
export type PacingStore = Readonly<{
  /** Takes a start for one write, if there is one within `patienceMs`. */
  reserve: (
    installationId: number,
    wish: Wish & Readonly<{ patienceMs: number }>,
  ) => Promise<PacingAnswer>;
  /** Nobody starts a write of the installation for this long. A longer pause stays as it is. */
  pause: (installationId: number, ms: number) => Promise<void>;
  /** What is left of a pause, in ms. */
  pausedMs: (installationId: number) => Promise<number>;
}>;

type Deps = Readonly<{ table: Table; now: () => number; limits: PacingLimits }>;

/** GitHub names an hour at the most: the reset of its primary limit. */
const longestPauseMs = 3_600_000;

/** Nothing in it reaches back further than an hour. */
const keptMs = 24 * 3_600_000;

/** More writers than these at the same item within some milliseconds are asked to come again. */
const tries = 12;

/** The limits as the operator has set them. */
export function pacingLimits(
  { github }: Pick<Policy, 'github'>,
  times: Pick<Times, 'CODY_GITHUB_MINUTE_MS' | 'CODY_PACING_MS'>,
): PacingLimits {
  return {
    contentPerMinute: github.content_per_minute,
    contentPerHour: github.content_per_hour,
    minuteMs: times.CODY_GITHUB_MINUTE_MS,
    distanceMs: times.CODY_PACING_MS,
  };
}

/** Binds the budget to a table. Throws TransientError when the table cannot be reached. */
export function createPacingStore(deps: Deps): PacingStore {
  return {
    reserve: (installationId, wish) => reserve(deps, installationId, wish),
    pause: (installationId, ms) => pause(deps, installationId, ms),
    async pausedMs(installationId) {
      const state = await read(deps, installationId);
      return Math.max(0, state.paused_until - deps.now());
    },
  };
}

async function reserve(
  deps: Deps,
  installationId: number,
  wish: Wish & Readonly<{ patienceMs: number }>,
): Promise<PacingAnswer> {
  for (let attempt = 1; attempt <= tries; attempt += 1) {
    const state = await read(deps, installationId);
    const now = deps.now();
    const at = earliestStart(state, { wish, limits: deps.limits, now });
    if (at - now > wish.patienceMs) return { type: 'wait', ms: at - now };
    const after = withStart(state, { wish, limits: deps.limits, at });
    if (await replaced(deps, installationId, { before: state, after }))
      return { type: 'go', inMs: at - now };
    await sleep(Math.random() * 10 * attempt);
  }
  return { type: 'wait', ms: 1_000 };
}

async function read({ table, limits, now }: Deps, installationId: number): Promise<PacingState> {
  const state = PacingState.parse((await table.get(keys.pacing(installationId))) ?? {});
  return withoutFuture(state, { limits, now: now() });
}

/** False when another process was quicker. */
async function replaced(
  { table, now }: Deps,
  installationId: number,
  { before, after }: Readonly<{ before: PacingState; after: PacingState }>,
): Promise<boolean> {
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.pacing(installationId),
        set: { ...after, ...ttlAt(now() + keptMs) },
        when: [
          before.version === 0
            ? { attribute: 'version', is: 'absent' }
            : { attribute: 'version', is: '=', value: before.version },
        ],
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

async function pause({ table, now }: Deps, installationId: number, ms: number): Promise<void> {
  const until = now() + Math.min(ms, longestPauseMs);
  try {
    await table.transact([
      {
        type: 'update',
        key: keys.pacing(installationId),
        set: { paused_until: until, ...ttlAt(until + keptMs) },
        // Whoever is about to write the item has to look again.
        add: { version: 1 },
        when: [
          {
            any: [
              { attribute: 'paused_until', is: 'absent' },
              { attribute: 'paused_until', is: '<', value: until },
            ],
          },
        ],
      },
    ]);
  } catch (error) {
    // The pause that is there is longer.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
