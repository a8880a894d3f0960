import { z } from 'zod';
import { ttlAt } from './expiry.ts';
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
});
export type OpenCheck = z.infer<typeof OpenCheck>;

/** Checks that are to be completed again. */
export type OpenCheckStore = Readonly<{
  /** Notes it before anything else is done: the sweep completes what a crash left open. */
  note: (open: OpenCheck) => Promise<void>;
  done: (open: OpenCheck) => Promise<void>;
  /** What was noted a while ago and is not done, the oldest first. */
  due: (limit: number) => Promise<readonly OpenCheck[]>;
}>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** The queue's own tries come first. */
const patienceMs = 5 * 60_000;

/** After so long nobody waits for it any more. */
const keptMs = 14 * 24 * 3_600_000;

/** Binds the operations to a table and a clock. */
export function createOpenCheckStore({ table, now }: Deps): OpenCheckStore {
  return {
    async note(open) {
      const at = now();
      const due = { due_bucket: openCheckBucket, due_at: at + patienceMs };
      const item = { ...keyOf(open), ...open, ...due, ...ttlAt(at + keptMs) };
      await table.transact([{ type: 'put', item }]);
    },
    async done(open) {
      await table.transact([{ type: 'delete', key: keyOf(open) }]);
    },
    async due(limit) {
      const index = { index: 'by_due', partition: openCheckBucket } as const;
      const found = await table.query({ ...index, upTo: now(), limit });
      return found.flatMap((item) => OpenCheck.safeParse(item).data ?? []);
    },
  };
}

function keyOf({ repository, check }: OpenCheck) {
  return keys.openCheck(repository.id, `${check.type}#${String(check.id)}`);
}
