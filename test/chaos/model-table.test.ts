import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConditionFailed } from '../../core/errors.ts';
import type { Table, TableQuery } from '../../core/store/table.ts';
import type { Clause, TableAction } from '../../core/store/table-action.ts';
import { startTestTable } from '../support/table.ts';
import { createMemoryTable } from './model/memory-table.ts';

let engine: Awaited<ReturnType<typeof startTestTable>>;
beforeAll(async () => {
  engine = await startTestTable();
});
afterAll(() => engine.close());

const key = fc.record({ pk: fc.constantFrom('A', 'B'), sk: fc.constantFrom('-', 'J#1', 'J#2') });
const number = fc.integer({ min: 0, max: 3 });
const text = fc.constantFrom('queued', 'running', 'x');
const holders = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 })
  .map((one) => new Set(one));
const attribute = fc.constantFrom('fence', 'state', 'holders', 'missing');

const simple: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({
    attribute: fc.constantFrom('fence', 'state', 'missing'),
    is: fc.constantFrom('=', '<>', '<', '<=', '>', '>='),
    value: fc.oneof(number, text),
  }),
  fc.record({
    attribute: fc.constantFrom('fence', 'state', 'missing'),
    is: fc.constant('in' as const),
    values: fc.array(fc.oneof(number, text), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ attribute: fc.constant('pk'), is: fc.constantFrom('present', 'absent') }),
  fc.record({ attribute, is: fc.constantFrom('present', 'absent') }),
  fc.record({
    attribute: fc.constantFrom('holders', 'missing'),
    is: fc.constant('smaller than' as const),
    count: number,
  }),
);
const when = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: simple },
    { weight: 1, arbitrary: fc.record({ any: fc.array(simple, { minLength: 1, maxLength: 2 }) }) },
  ),
  { maxLength: 2 },
);
const fields = {
  fence: number,
  state: text,
  due_bucket: fc.constantFrom('due', 'other'),
  due_at: number,
};
const some = fc.record(fields, { requiredKeys: [] });

const action: fc.Arbitrary<TableAction> = fc.oneof(
  fc
    .record({ key, fields: some, when })
    .map((one) => ({ type: 'put' as const, item: { ...one.key, ...one.fields }, when: one.when })),
  fc.record({
    type: fc.constant('update' as const),
    key,
    set: fc.record(
      { ...fields, fence: fc.option(number, { nil: undefined }) },
      { requiredKeys: ['state'] },
    ),
    when,
  }),
  fc.record({
    type: fc.constant('update' as const),
    key,
    remove: fc.constantFrom(['due_bucket', 'due_at'], ['state']),
    add: fc.oneof(fc.record({ wanted: number }), fc.record({ holders })),
    when,
  }),
  fc.record({
    type: fc.constant('update' as const),
    key,
    take: fc.record({ holders }),
    when,
  }),
  fc.record({ type: fc.constant('check' as const), key, when: fc.array(simple, { minLength: 1 }) }),
  fc.record({ type: fc.constant('delete' as const), key, when }),
);
const transaction = fc.uniqueArray(action, {
  minLength: 1,
  maxLength: 3,
  selector: (one) => JSON.stringify(one.type === 'put' ? [one.item.pk, one.item.sk] : one.key),
});

const queries: readonly TableQuery[] = [
  { partition: 'A' },
  { partition: 'B', prefix: 'J#' },
  { partition: 'A', newestFirst: true, limit: 2 },
  { index: 'by_due', partition: 'due', upTo: 2 },
  { index: 'by_due', partition: 'due' },
];

/** What a transaction came to: done, or the action whose condition did not hold. */
async function outcome(table: Table, actions: readonly TableAction[]): Promise<unknown> {
  try {
    await table.transact(actions);
    return 'done';
  } catch (error) {
    if (error instanceof ConditionFailed) return error.index;
    return 'refused';
  }
}

/** Items of an index that have the same sort value come in any order. */
function comparable(items: readonly unknown[], { index }: TableQuery): unknown {
  return index ? new Set(items.map((item) => JSON.stringify(item, sorted))) : items;
}

function sorted(_: string, value: unknown): unknown {
  if (value instanceof Set) return [...value].map(String).toSorted();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test('the table in memory answers like the engine', { timeout: 60_000 }, async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { minLength: 5, maxLength: 15 }), async (all) => {
      run += 1;
      const memory = createMemoryTable();
      const named = all.map((one) => one.map((each) => inRun(each, run)));
      for (const actions of named) {
        expect(await outcome(memory, actions)).toEqual(await outcome(engine.table, actions));
      }
      for (const query of queries) {
        const ours = { ...query, partition: `${query.partition}${run}` };
        const found = [await memory.query(ours), await engine.table.query(ours)] as const;
        expect(comparable(found[0], query)).toEqual(comparable(found[1], query));
      }
    }),
    { numRuns: 60, seed: 5 },
  );
});

/** Keys and index partitions of their own, so that runs do not meet. */
function inRun(action: TableAction, run: number): TableAction {
  const own = <T extends { pk: string }>(one: T): T => ({
    ...one,
    pk: `${one.pk}${run}`,
    ...('due_bucket' in one ? { due_bucket: `${String(one.due_bucket)}${run}` } : {}),
  });
  if (action.type === 'put') return { ...action, item: own(action.item) };
  const keyed = { ...action, key: own(action.key) };
  if (keyed.type !== 'update' || keyed.set?.['due_bucket'] === undefined) return keyed;
  return {
    ...keyed,
    set: { ...keyed.set, due_bucket: `${JSON.stringify(keyed.set['due_bucket'])}${run}` },
  };
}
