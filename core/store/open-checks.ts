import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { ttlAt } from './expiry.ts';
import { type OnUnreadable, readDueItems } from './read-due.ts';
import type { Table } from './table.ts';
import { keys, openCheckBucket } from './table-schema.ts';

/** A check of ours that somebody asked for again: GitHub waits until it is completed. Times are Unix ms. */
export const OpenCheck = z.object({
  type: z.literal('open_check'),
  installation_id: z.number().int(),
  repository: z.object({ id: z.number().int(), owner: z.string(), name: z.string() }),
  /** A check run with the conclusion that it had, or a suite with all its runs. */
  check: z.discriminatedUnion('type', [
    z.object({ type: z.literal('run'), id: z.number().int(), conclusion: z.string().nullish() }),
    z.object({ type: z.literal('suite'), id: z.number().int() }),
  ]),
  /** When it was asked for. */
  noted_at: z.number().int().optional(),
});
export type OpenCheck = z.infer<typeof OpenCheck>;

/** Checks that are to be completed again. */
export type OpenCheckStore = Readonly<{
  /**
   * Notes it before anything else is done: the sweep completes what a crash left open. Returns it with the time at which
   * it was noted first.
   */
  note: (open: OpenCheck) => Promise<OpenCheck>;
  /** Nothing more is done for it, unless it was asked for again meanwhile. */
  done: (open: OpenCheck) => Promise<void>;
  /** What was noted a while ago and is not done, the oldest first. */
  due: (limit: number) => Promise<readonly OpenCheck[]>;
}>;

type Deps = Readonly<{ table: Table; now: () => number; onUnreadable?: OnUnreadable }>;

/** The queue's own tries come first. */
const patienceMs = 5 * 60_000;

/** After so long nobody waits for it any more. */
const keptMs = 14 * 24 * 3_600_000;

/** Binds the operations to a table and a clock. */
export function createOpenCheckStore(deps: Deps): OpenCheckStore {
  const { table, now } = deps;
  return {
    async note(open) {
      const at = now();
      const noted = { ...open, noted_at: open.noted_at ?? at };
      const due = { due_bucket: openCheckBucket, due_at: at + patienceMs };
      const item = { ...keyOf(open), ...noted, ...due, ...ttlAt(noted.noted_at + keptMs) };
      await table.transact([{ type: 'put', item }]);
      return noted;
    },
    async done(open) {
      const when = [{ attribute: 'noted_at', is: '=', value: open.noted_at }] as const;
      try {
        await table.transact([{ type: 'delete', key: keyOf(open), when }]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    },
    due: (limit) => readDueItems(deps, { schema: OpenCheck, partition: openCheckBucket, limit }),
  };
}

function keyOf({ repository, check }: OpenCheck) {
  return keys.openCheck(repository.id, `${check.type}#${String(check.id)}`);
}
