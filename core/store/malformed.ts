import { sha256 } from '../ids.ts';
import { ttlAt } from './expiry.ts';
import type { Table } from './table.ts';
import { keys } from './table-schema.ts';

/** A message that nobody can read, and where it came from. */
export type MalformedMessage = Readonly<{ id: string; from: string; body: string }>;

/**
 * Messages that were acknowledged because they would stay unreadable. Their texts are not kept: anything may stand in
 * them.
 */
export type MalformedMessages = Readonly<{
  /** Records one. The same message again changes nothing. */
  record: (message: MalformedMessage) => Promise<void>;
  /** How many were recorded in the last two weeks, 100 at the most; asked of the table once a minute. */
  count: () => Promise<number>;
}>;

type Deps = Readonly<{ table: Table; now: () => number }>;

const keptMs = 14 * 24 * 3_600_000;
const most = 100;
const countedForMs = 60_000;

/** Binds the records to a table and a clock. */
export function createMalformedMessages({ table, now }: Deps): MalformedMessages {
  let known: Readonly<{ count: number; at: number }> | undefined;
  return {
    async record({ id, from, body }) {
      const at = now();
      const item = {
        ...keys.malformed(`${from}#${id}`),
        type: 'malformed',
        from,
        message_id: id,
        bytes: Buffer.byteLength(body),
        body_sha256: sha256(body),
        at,
        ...ttlAt(at + keptMs),
      };
      await table.transact([{ type: 'put', item }]);
    },
    async count() {
      const at = now();
      if (known && at - known.at < countedForMs) return known.count;
      const { pk: partition } = keys.malformed('');
      const items = await table.query({ partition, limit: most });
      const living = Math.floor(at / 1000);
      const isLiving = (item: unknown) =>
        typeof item === 'object' && item !== null && 'ttl' in item && Number(item.ttl) > living;
      known = { count: items.filter(isLiving).length, at };
      return known.count;
    },
  };
}
