import { ConditionFailed } from '../errors.ts';
import type { Clause, Key } from './table-action.ts';
import type { Table } from './table.ts';

/** Who wants to be the one writer of an item, until when, and the time now (Unix ms). */
export type WriterLease = Readonly<{ owner: string; until: number; now: number }>;

/** Makes the caller the one writer of an item that is there; false when another one is at it. */
export async function takeWriterLease(
  table: Table,
  key: Key,
  { owner, until, now }: WriterLease,
): Promise<boolean> {
  try {
    await table.transact([
      {
        type: 'update',
        key,
        set: { lease_owner: owner, lease_until: until },
        when: [
          { attribute: 'pk', is: 'present' },
          {
            any: [
              { attribute: 'lease_until', is: 'absent' },
              { attribute: 'lease_until', is: '<=', value: now },
            ],
          },
        ],
      },
    ]);
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}

/** Holds while the lease is the one with which the item was read. */
export function heldBy({ lease_owner }: Readonly<{ lease_owner?: string | undefined }>): Clause {
  return { attribute: 'lease_owner', is: '=', value: lease_owner };
}
