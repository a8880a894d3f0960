import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { ttlAt } from './expiry.ts';
import { type OnUnreadable, readDueItems } from './read-due.ts';
import type { Table } from './table.ts';
import type { Clause } from './table-action.ts';
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
  /** Notes it before anything else is done: the sweep completes what a crash left open. Returns it as it stands now. */
  note: (open: OpenCheck) => Promise<OpenCheck>;
  /**
   * Puts one that is due off for some minutes, and returns it as it stands now. Undefined when it was asked for again or
   * completed meanwhile, so that whoever did that sees to it.
   */
  takeUp: (open: OpenCheck) => Promise<OpenCheck | undefined>;
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
    note: (open) => put(deps, { ...open, noted_at: now() }),
    takeUp: (open) =>
      unlessChanged(() =>
        put(deps, { ...open, noted_at: open.noted_at ?? now() }, [notedAsIn(open)]),
      ),
    async done(open) {
      await unlessChanged(() =>
        table.transact([{ type: 'delete', key: keyOf(open), when: [notedAsIn(open)] }]),
      );
    },
    due: (limit) => readDueItems(deps, { schema: OpenCheck, partition: openCheckBucket, limit }),
  };
}

async function put(
  { table, now }: Deps,
  open: OpenCheck & Readonly<{ noted_at: number }>,
  when: readonly Clause[] = [],
): Promise<OpenCheck> {
  const due = { due_bucket: openCheckBucket, due_at: now() + patienceMs };
  const item = { ...keyOf(open), ...open, ...due, ...ttlAt(open.noted_at + keptMs) };
  await table.transact([{ type: 'put', item, when }]);
  return open;
}

/** It was not asked for again since it was read. */
function notedAsIn({ noted_at }: OpenCheck): Clause {
  return noted_at === undefined
    ? { attribute: 'noted_at', is: 'absent' }
    : { attribute: 'noted_at', is: '=', value: noted_at };
}

async function unlessChanged<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
}

function keyOf({ repository, check }: OpenCheck) {
  return keys.openCheck(repository.id, `${check.type}#${String(check.id)}`);
}
