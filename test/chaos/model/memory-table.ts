import { ConditionFailed, TransientError } from '../../../core/errors.ts';
import type { Table, TableQuery } from '../../../core/store/table.ts';
import type { Clause, Key, TableAction } from '../../../core/store/table-action.ts';
import { indexes } from '../../../core/store/table-schema.ts';

export type Item = Record<string, unknown>;

/** What an index has not seen yet: the item as it was before so many later transactions. */
type Lagging = { left: number; key: string; before: Item | undefined };

/**
 * The table in memory, for runs on a virtual clock. Transactions are atomic and all conditions are judged on the state
 * before them, as in DynamoDB; two actions on one item in a transaction are refused, as there.
 */
export type MemoryTable = Table &
  Readonly<{
    /** Every item, by key. For invariants only. */
    items: () => ReadonlyMap<string, Item>;
    /** The next transaction is seen by indexes only after so many later ones. */
    lag: (transactions: number) => void;
    /** Indexes have seen everything. */
    catchUp: () => void;
    /** The next so many transactions are cancelled by a conflict, as the adapter reports it after its tries. */
    conflict: (transactions: number) => void;
  }>;

/** `onWrite` sees the items before and after every accepted transaction. */
export function createMemoryTable(
  onWrite?: (
    changes: readonly Readonly<{ before: Item | undefined; after: Item | undefined }>[],
  ) => void,
): MemoryTable {
  const items = new Map<string, Item>();
  let lagging: Lagging[] = [];
  let lag = 0;
  let conflicts = 0;

  const seenByIndex = () => {
    const seen = new Map(items);
    // The latest ones first, so that the oldest state that is still shown wins.
    for (const { key, before } of lagging.toReversed()) {
      if (before) seen.set(key, before);
      else seen.delete(key);
    }
    return seen;
  };
  const passLag = () => {
    for (const one of lagging) one.left -= 1;
    lagging = lagging.filter(({ left }) => left > 0);
  };

  return {
    items: () => items,
    lag: (transactions) => {
      lag = transactions;
    },
    catchUp: () => {
      lagging = [];
      lag = 0;
    },
    conflict: (transactions) => {
      conflicts = transactions;
    },
    async get(key) {
      const item = items.get(keyOf(key));
      return item && structuredClone(item);
    },
    query: async (query) => structuredClone(select(query, query.index ? seenByIndex() : items)),
    async transact(actions) {
      if (conflicts > 0) {
        conflicts -= 1;
        throw new TransientError('internal_error', 'The table cannot be reached');
      }
      const changes = judge(items, actions);
      for (const { key, before, after } of changes) {
        if (lag > 0) lagging.push({ left: lag, key, before });
        if (after) items.set(key, after);
        else items.delete(key);
      }
      lag = 0;
      passLag();
      onWrite?.(changes);
    },
  };
}

function keyOf({ pk, sk }: Key): string {
  return `${pk} ${sk}`;
}

type Change = Readonly<{ key: string; before: Item | undefined; after: Item | undefined }>;

function judge(items: ReadonlyMap<string, Item>, actions: readonly TableAction[]): Change[] {
  const places = actions.map((action) => (action.type === 'put' ? action.item : action.key));
  const keys = places.map(keyOf);
  if (new Set(keys).size < keys.length) throw new Error('Two actions on one item');
  for (const [index, action] of actions.entries()) {
    const item = items.get(keys[index]!);
    if (!(action.when ?? []).every((clause) => holds(clause, item)))
      throw new ConditionFailed(`Condition ${index} did not hold`, { index });
  }
  return actions.flatMap((action, index) => {
    if (action.type === 'check') return [];
    const key = keys[index]!;
    const before = items.get(key);
    return [{ key, before, after: applied(action, before) }];
  });
}

function applied(
  action: Exclude<TableAction, { type: 'check' }>,
  before: Item | undefined,
): Item | undefined {
  switch (action.type) {
    case 'delete':
      return undefined;
    case 'put':
      return whole(action.item);
    case 'update':
      return updated(action, before);
  }
}

function updated(action: Extract<TableAction, { type: 'update' }>, before: Item | undefined): Item {
  const after: Item = { ...before, ...whole(action.key), ...whole(action.set ?? {}) };
  for (const name of action.remove ?? []) delete after[name];
  for (const [name, value] of Object.entries(action.add ?? {})) {
    const was = before?.[name];
    after[name] =
      typeof value === 'number'
        ? (typeof was === 'number' ? was : 0) + value
        : new Set([...asSet(was), ...value]);
  }
  for (const [name, value] of Object.entries(action.take ?? {})) {
    const left = new Set([...asSet(before?.[name])].filter((one) => !value.has(String(one))));
    if (left.size > 0) after[name] = left;
    else delete after[name];
  }
  return after;
}

/** As the marshaller leaves it: without undefined values, and nothing shared with the caller. */
function whole(item: Readonly<Record<string, unknown>>): Item {
  return structuredClone(dropUndefined(item)) as Item;
}

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one !== undefined).map(dropUndefined);
  if (value === null || typeof value !== 'object' || value instanceof Set) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, one]) => one !== undefined)
      .map(([name, one]) => [name, dropUndefined(one)]),
  );
}

function asSet(value: unknown): ReadonlySet<unknown> {
  return value instanceof Set ? value : new Set();
}

function holds(clause: Clause, item: Item | undefined): boolean {
  if ('any' in clause) return clause.any.some((one) => holds(one, item));
  const value = item?.[clause.attribute];
  switch (clause.is) {
    case 'present':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'smaller than':
      return sizeOf(value) !== undefined && sizeOf(value)! < clause.count;
    case 'in':
      return value !== undefined && clause.values.some((one) => same(one, value));
    case '=':
      return value !== undefined && same(value, clause.value);
    case '<>':
      return value === undefined || !same(value, clause.value);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return ordered(value, clause);
  }
}

function ordered(value: unknown, { is, value: bound }: Readonly<{ is: string; value: unknown }>) {
  const order = compare(value, bound);
  if (order === undefined) return false;
  if (is === '<') return order < 0;
  if (is === '<=') return order <= 0;
  return is === '>' ? order > 0 : order >= 0;
}

/** Undefined for values of different types, which no comparison of DynamoDB holds for. */
function compare(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string')
    return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return undefined;
}

function same(a: unknown, b: unknown): boolean {
  return a === b || compare(a, b) === 0;
}

function sizeOf(value: unknown): number | undefined {
  if (value instanceof Set) return value.size;
  return typeof value === 'string' ? Buffer.byteLength(value) : undefined;
}

/** The items that a query finds, in its order. */
export function select(query: TableQuery, from: ReadonlyMap<string, Item>): Item[] {
  const index = query.index ? indexes[query.index] : { partition: 'pk', sort: 'sk' };
  const bound = query.upTo ?? Number.POSITIVE_INFINITY;
  const found = [...from.values()].filter((item) => {
    const sort = item[index.sort];
    if (item[index.partition] !== query.partition || sort === undefined) return false;
    if (query.prefix !== undefined)
      return typeof sort === 'string' && sort.startsWith(query.prefix);
    return typeof sort !== 'number' || sort <= bound;
  });
  const sorted = found.toSorted((a, b) => compare(a[index.sort], b[index.sort]) ?? 0);
  const page = query.newestFirst ? sorted.toReversed() : sorted;
  return query.limit ? page.slice(0, query.limit) : page;
}
