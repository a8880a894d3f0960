import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { ttlAt } from './expiry.ts';
import { type OnUnreadable, readDueItems } from './read-due.ts';
import type { Table } from './table.ts';
import { deliveryBucket, keys } from './table-schema.ts';
import { heldBy, takeWriterLease } from './writer-lease.ts';

/** A webhook delivery that failed and may be asked for again. Times are Unix ms. */
export const FailedDelivery = z.object({
  type: z.literal('failed_delivery'),
  guid: z.string(),
  /** Of the attempt that failed last. */
  delivery_id: z.number().int(),
  event: z.string(),
  /** When the first attempt failed that was seen. */
  first_at: z.number().int(),
  /** How often it was asked for again. */
  attempts: z.number().int(),
  /** `sent`: asked for again, and not seen to have failed since. */
  state: z.enum(['failed', 'sent', 'over']),
  due_at: z.number().int().optional(),
});
export type FailedDelivery = z.infer<typeof FailedDelivery>;

/** How far the list of failed deliveries was read: everything up to `watermark` is known. */
export const DeliveryWatch = z.object({
  watermark: z.number().int().optional(),
  /** Of a reading that goes on in the next run: where, and the newest id that it began with. */
  cursor: z.string().optional(),
  top: z.number().int().optional(),
  lease_owner: z.string().optional(),
});
export type DeliveryWatch = z.infer<typeof DeliveryWatch>;

/** Failed deliveries in the table. */
export type FailedDeliveryStore = ReturnType<typeof createFailedDeliveryStore>;

type Deps = Readonly<{ table: Table; now: () => number; onUnreadable?: OnUnreadable }>;
type Found = Pick<FailedDelivery, 'guid' | 'delivery_id' | 'event' | 'first_at'>;

/** GitHub delivers again for three days; a day more keeps the count of those that were. */
const keptMs = 4 * 24 * 3_600_000;

/** Binds the operations to a table and a clock. */
export function createFailedDeliveryStore(deps: Deps) {
  return {
    /** How far the list was read; undefined before the first time. */
    watch: () => watch(deps),
    /** Makes the caller the one who reads GitHub's list; undefined when another one is at it. */
    lease: (lease: Readonly<{ owner: string; leaseMs: number }>) => takeWatch(deps, lease),
    /** Writes how far the list was read, and gives the lease back. Without the lease nothing happens. */
    release: (watch: DeliveryWatch) => release(deps, watch),
    /** Notes a failed attempt that is newer than what is known; it is due at that time. */
    note: (found: Found, dueAt: (attempts: number) => number) => note(deps, found, dueAt),
    /** What is due by now, the oldest first. */
    due: (limit: number) => due(deps, limit),
    /** Counts one more attempt, looked at again at that time. False when somebody else was quicker. */
    claim: (failed: FailedDelivery, dueAt: number) => claim(deps, failed, dueAt),
    /** Nothing more is done for it. */
    end: (failed: FailedDelivery) => end(deps, failed),
  };
}

async function watch({ table }: Deps): Promise<DeliveryWatch | undefined> {
  const item = await table.get(keys.deliveryWatch());
  return item === undefined ? undefined : DeliveryWatch.parse(item);
}

async function takeWatch(
  { table, now }: Deps,
  { owner, leaseMs }: Readonly<{ owner: string; leaseMs: number }>,
): Promise<DeliveryWatch | undefined> {
  const key = keys.deliveryWatch();
  const item = { ...key, type: 'delivery_watch' };
  // The first one makes it.
  await holds(table.transact([{ type: 'put', item, when: [{ attribute: 'pk', is: 'absent' }] }]));
  const wanted = { owner, until: now() + leaseMs, now: now() };
  if (!(await takeWriterLease(table, key, wanted))) return undefined;
  return DeliveryWatch.parse(await table.get(key));
}

async function release({ table }: Deps, watch: DeliveryWatch): Promise<void> {
  const { watermark, cursor, top } = watch;
  await holds(
    table.transact([
      {
        type: 'update',
        key: keys.deliveryWatch(),
        set: { watermark, cursor, top },
        remove: [
          'lease_owner',
          'lease_until',
          ...(cursor === undefined ? ['cursor'] : []),
          ...(top === undefined ? ['top'] : []),
        ],
        when: [heldBy(watch)],
      },
    ]),
  );
}

async function note(
  { table }: Deps,
  found: Found,
  dueAt: (attempts: number) => number,
): Promise<void> {
  const key = keys.delivery(found.guid);
  const item = await table.get(key);
  const known = item === undefined ? undefined : FailedDelivery.parse(item);
  if (known && (known.state === 'over' || known.delivery_id >= found.delivery_id)) return;
  const attempts = known?.attempts ?? 0;
  const first_at = known?.first_at ?? found.first_at;
  const failed: FailedDelivery = {
    type: 'failed_delivery',
    ...found,
    first_at,
    attempts,
    state: 'failed',
    due_at: dueAt(attempts),
  };
  const when = known ? unchanged(known) : ([{ attribute: 'pk', is: 'absent' }] as const);
  const put = { ...key, ...failed, due_bucket: deliveryBucket, ...ttlAt(first_at + keptMs) };
  await holds(table.transact([{ type: 'put', item: put, when }]));
}

function due(deps: Deps, limit: number): Promise<readonly FailedDelivery[]> {
  return readDueItems(deps, { schema: FailedDelivery, partition: deliveryBucket, limit });
}

function claim({ table }: Deps, failed: FailedDelivery, dueAt: number): Promise<boolean> {
  return holds(
    table.transact([
      {
        type: 'update',
        key: keys.delivery(failed.guid),
        set: { attempts: failed.attempts + 1, state: 'sent', due_at: dueAt },
        when: unchanged(failed),
      },
    ]),
  );
}

async function end({ table }: Deps, failed: FailedDelivery): Promise<void> {
  await holds(
    table.transact([
      {
        type: 'update',
        key: keys.delivery(failed.guid),
        set: { state: 'over' },
        remove: ['due_at', 'due_bucket'],
        when: unchanged(failed),
      },
    ]),
  );
}

function unchanged({ delivery_id, attempts, state }: FailedDelivery) {
  return [
    { attribute: 'delivery_id', is: '=', value: delivery_id },
    { attribute: 'attempts', is: '=', value: attempts },
    { attribute: 'state', is: '=', value: state },
  ] as const;
}

/** False when a condition did not hold. */
async function holds(write: Promise<void>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
