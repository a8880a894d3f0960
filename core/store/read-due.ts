import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { createMalformedMessages } from './malformed.ts';
import type { Table } from './table.ts';

/** What is asked of one partition of `by_due`: all that is due by `now` (Unix ms), the oldest first. */
export type DueQuery<T> = Readonly<{
  schema: z.ZodType<T>;
  partition: string;
  now: number;
  limit: number;
}>;

/** Hears how many due items of a partition could not be read. */
export type OnUnreadable = (found: Readonly<{ partition: string; unreadable: number }>) => void;

/**
 * Returns what is due and how many items could not be read. Those are recorded as malformed and put off for an hour, so
 * that they do not stand before all others for ever: they are not dropped, because a later version may read them.
 */
export async function readDue<T>(
  table: Table,
  { schema, partition, now, limit }: DueQuery<T>,
): Promise<Readonly<{ items: readonly T[]; unreadable: number }>> {
  const found = await table.query({ index: 'by_due', partition, upTo: now, limit });
  const items: T[] = [];
  for (const item of found) {
    const read = schema.safeParse(item);
    if (read.success) items.push(read.data);
    else await setAside(table, item, { partition, now });
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

async function setAside(
  table: Table,
  item: unknown,
  { partition, now }: Readonly<{ partition: string; now: number }>,
): Promise<void> {
  const { pk, sk, due_at } = Indexed.parse(item);
  const malformed = createMalformedMessages({ table, now: () => now });
  await malformed.record({ id: `${pk}#${sk}`, from: partition, body: JSON.stringify(item) });
  const when = [{ attribute: 'due_at', is: '=', value: due_at }] as const;
  const set = { due_at: now + putOffMs };
  try {
    await table.transact([{ type: 'update', key: { pk, sk }, set, when }]);
  } catch (error) {
    // Someone else has moved it, or removed it.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}
