import { afterAll, beforeAll, expect, it } from 'vitest';
import { dueItems } from '../../../core/store/due.ts';
import { createMalformedMessages } from '../../../core/store/malformed.ts';
import { createOpenCheckStore, type OpenCheck } from '../../../core/store/open-checks.ts';
import { dueBucket, keys, openCheckBucket } from '../../../core/store/table-schema.ts';
import { startTestTable } from '../../support/table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
let time = 1_800_000_000_000;
const now = () => time;
const minute = 60_000;

beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

async function put(item: Readonly<Record<string, unknown>>): Promise<void> {
  await engine.table.transact([{ type: 'put', item: { pk: 'X', sk: '-', ...item } }]);
}

const report = { type: 'report', request_id: 'r', wanted: 1, rendered: 0 };
const look = () => dueItems(engine.table, { now: now(), limit: 2 });

it('puts aside what cannot be read, so that it does not stand before the others for ever', async () => {
  const due = { due_bucket: dueBucket, due_at: time };
  for (const pk of ['A', 'B', 'C']) await put({ ...due, pk, type: 'of a later version' });
  await put({ ...due, ...report, ...keys.report('r'), due_at: time + 1 });
  time += minute;
  expect(await look()).toMatchObject({ items: [], unreadable: 2 });
  expect(await look()).toMatchObject({ items: [{ request_id: 'r' }], unreadable: 1 });
  expect(await look()).toMatchObject({ items: [{ request_id: 'r' }], unreadable: 0 });
  const malformed = createMalformedMessages({ table: engine.table, now });
  expect(await malformed.count()).toBe(3);
  time += 61 * minute;
  expect(await look()).toMatchObject({ items: [{ request_id: 'r' }], unreadable: 1 });
});

it('lets go of what stands under a key that is not its own, so that it is due no more', async () => {
  const due = { due_bucket: dueBucket, due_at: 1, ...report };
  const key = { pk: 'REQ#r', sk: 'REPORT' };
  await put({ ...due, ...key });
  expect(await look()).toMatchObject({ unreadable: 1 });
  time += 61 * minute;
  expect(await look()).toMatchObject({ items: [{ request_id: 'r' }] });
  expect(await engine.table.get(key)).not.toHaveProperty('due_bucket');
});

it('counts what is malformed once a minute, and up to a hundred', async () => {
  const malformed = createMalformedMessages({ table: engine.table, now });
  const before = await malformed.count();
  for (let id = 0; id < 110; id += 1)
    await malformed.record({ id: `m${id}`, from: 'jobs', body: 'x' });
  expect(await malformed.count()).toBe(before);
  time += minute;
  expect(await malformed.count()).toBe(100);
});

const open: OpenCheck = {
  type: 'open_check',
  installation_id: 9,
  repository: { id: 1, owner: 'acme', name: 'web' },
  check: { type: 'suite', id: 4 },
};

it('tells of it, wherever it stands', async () => {
  const told: unknown[] = [];
  const onUnreadable = (found: unknown) => told.push(found);
  const store = createOpenCheckStore({ table: engine.table, now, onUnreadable });
  await store.note(open);
  await put({ pk: 'D', due_bucket: openCheckBucket, due_at: 1, type: 'open_check' });
  time += 6 * minute;
  expect(await store.due(9)).toMatchObject([{ check: { id: 4 } }]);
  expect(told).toEqual([{ partition: openCheckBucket, unreadable: 1 }]);
});

it('remembers since when a check is open, and leaves one alone that was asked for again', async () => {
  const store = createOpenCheckStore({ table: engine.table, now });
  const first = await store.note(open);
  time += minute;
  expect(await store.takeUp(first)).toEqual(first);
  const again = await store.note(open);
  expect(await store.takeUp(first)).toBeUndefined();
  await store.done(first);
  time += 6 * minute;
  expect(await store.due(9)).toMatchObject([{ noted_at: again.noted_at }]);
  await store.done(again);
  expect(await store.takeUp(again)).toBeUndefined();
  expect(await store.due(9)).toEqual([]);
});
