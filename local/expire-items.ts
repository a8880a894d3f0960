import type { AwsTarget } from '../core/aws.ts';
import { ConditionFailed } from '../core/errors.ts';
import { ttlAttribute } from '../core/store/expiry.ts';
import type { Key } from '../core/store/table-action.ts';
import { createExpiredReader, createTable } from '../core/store/table.ts';

type Options = Readonly<{
  aws: AwsTarget;
  name: string;
  now: () => number;
  /** Items that one tick looks at, 500 by default. */
  perTick?: number;
}>;

/**
 * Returns a function that deletes what has expired among the next items of the table, and says how many: the engine on
 * this machine does not do so by itself. Tick by tick it comes through the whole table, and begins anew. Throws
 * TransientError when the table does not answer.
 */
export function createExpireItems({
  aws,
  name,
  now,
  perTick = 500,
}: Options): () => Promise<number> {
  const read = createExpiredReader({ aws, name });
  const table = createTable({ aws, name });
  let start: Key | undefined;
  return async () => {
    const at = now();
    const page = await read({ now: at, limit: perTick, ...(start ? { start } : {}) });
    // Used again meanwhile, it may have another time.
    const value = Math.floor(at / 1000);
    const when = [{ attribute: ttlAttribute, is: '<=', value }] as const;
    for (const key of page.keys)
      await table.transact([{ type: 'delete', key, when }]).catch(unlessUsed);
    start = page.next;
    return page.keys.length;
  };
}

function unlessUsed(error: unknown): void {
  if (!(error instanceof ConditionFailed)) throw error;
}
