import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { createMalformedMessages } from './malformed.ts';
import type { Key, TableAction } from './table-action.ts';
import type { Table } from './table.ts';

/** What is asked of one partition of `by_due`: all that is due by `now` (Unix ms), the oldest first. */
export type DueQuery<T> = Readonly<{
  schema: z.ZodType<T>;
  partition: string;
  now: number;
  limit: number;
  /** The key that an item stands under; unset where nobody but the App writes them. */
  keyOf?: (item: T) => Key;
}>;

/** Hears how many due items of a partition could not be read. */
export type OnUnreadable = (found: Readonly<{ partition: string; unreadable: number }>) => void;

/**
 * Returns what is due and how many items could not be read. Those are recorded as malformed and put off for an hour, so
 * that they do not stand before all others for ever: they are not dropped, because a later version may read them. One
 * under a key that is not its own counts among them and is due no more: whoever handles it would move another one.
 */
export async function readDue<T>(
  table: Table,
  { schema, partition, now, limit, keyOf }: DueQuery<T>,
): Promise<Readonly<{ items: readonly T[]; unreadable: number }>> {
  const found = await table.query({ index: 'by_due', partition, upTo: now, limit });
  const items: T[] = [];
  for (const item of found) {
    const read = schema.safeParse(item);
    if (!read.success) await setAside(table, item, { partition, change: putOff(now), now });
    else if (keyOf && !isUnder(keyOf(read.data), item))
      await setAside(table, item, { partition, change: letGo, now });
    else items.push(read.data);
  }
  return { items, unreadable: found.length - items.length };
}

/** The same for a store that hands on the items alone. */
export async function readDueItems<T>(
  { table, now, onUnreadable }: StoreDeps,
  query: Omit<DueQuery<T>, 'now'>,
): Promise<readonly T[]> {
  const { items, unreadable } = await readDue(table, { ...query, now: now() });
  if (unreadable > 0) onUnreadable?.({ partition: query.partition, unreadable });
  return items;
}

type StoreDeps = Readonly<{
  table: Table;
  now: () => number;
  onUnreadable?: OnUnreadable | undefined;
}>;

const putOffMs = 3_600_000;

const Indexed = z.object({ pk: z.string(), sk: z.string(), due_at: z.number() });

function isUnder(key: Key, item: unknown): boolean {
  const { pk, sk } = Indexed.parse(item);
  return pk === key.pk && sk === key.sk;
}

type Change = Pick<Extract<TableAction, { type: 'update' }>, 'set' | 'remove'>;

const letGo: Change = { remove: ['due_bucket', 'due_at', 'state_key'] };

function putOff(now: number): Change {
  return { set: { due_at: now + putOffMs } };
}

async function setAside(
  table: Table,
  item: unknown,
  { partition, change, now }: Readonly<{ partition: string; change: Change; now: number }>,
): Promise<void> {
  const { pk, sk, due_at } = Indexed.parse(item);
  const malformed = createMalformedMessages({ table, now: () => now });
  await malformed.record({ id: `${pk}#${sk}`, from: partition, body: JSON.stringify(item) });
  const when = [{ attribute: 'due_at', is: '=', value: due_at }] as const;
  try {
    await table.transact([{ type: 'update', key: { pk, sk }, ...change, when }]);
  } catch (error) {
    // Someone else has moved it, or removed it.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
