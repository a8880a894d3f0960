import { z } from 'zod';
import { Job } from '../job.ts';
import { RequestReport } from '../request.ts';
import type { Table } from './table.ts';
import { dueBucket } from './table-schema.ts';

const DueItem = z.discriminatedUnion('type', [Job, RequestReport]);
/** Something that the sweep has to look at: read it again by its id before acting, because an index lags behind. */
export type DueItem = z.infer<typeof DueItem>;

/**
 * Returns what is due by now (Unix ms), the oldest first, and how many items could not be read: those must not keep
 * the others from being looked at.
 */
export async function dueItems(
  table: Table,
  options: Readonly<{ now: number; limit: number }>,
): Promise<Readonly<{ items: readonly DueItem[]; unreadable: number }>> {
  const found = await table.query({
    index: 'by_due',
    partition: dueBucket,
    upTo: options.now,
    limit: options.limit,
  });
  const items = found.flatMap((item) => {
    const read = DueItem.safeParse(item);
    return read.success ? [read.data] : [];
  });
  return { items, unreadable: found.length - items.length };
}
