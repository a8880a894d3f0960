import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { Job } from '../job.ts';
import { RequestReport } from '../request.ts';
import { readDue } from './read-due.ts';
import type { Key } from './table-action.ts';
import type { Table } from './table.ts';
import { dueBucket, keys } from './table-schema.ts';

const DueItem = z.discriminatedUnion('type', [Job, RequestReport]);
/** Something that the sweep has to look at: read it again by its id before acting, because an index lags behind. */
export type DueItem = z.infer<typeof DueItem>;

/**
 * Returns what is due by now (Unix ms), the oldest first, and how many items could not be read: those are put
 * off, so that they do not keep the others from being looked at, and those that stand under a key of another are let go.
 */
export async function dueItems(
  table: Table,
  options: Readonly<{ now: number; limit: number }>,
): Promise<Readonly<{ items: readonly DueItem[]; unreadable: number }>> {
  return readDue(table, { ...options, schema: DueItem, partition: dueBucket, keyOf });
}

/**
 * Makes a due item due again at `until` (Unix ms), by when what is sent for it now has had its time: else each look
 * would send once more what is still on its way. False when someone else moved it meanwhile, who then sees to it.
 */
export async function putOffDue(table: Table, item: DueItem, until: number): Promise<boolean> {
  const key = keyOf(item);
  try {
    await table.transact([
      {
        type: 'update',
        key,
        set: { due_at: until },
        when: [{ attribute: 'due_at', is: '=', value: item.due_at }],
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

function keyOf(item: DueItem): Key {
  return item.type === 'job' ? keys.job(item.id) : keys.report(item.request_id);
}
