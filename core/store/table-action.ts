import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

export type Key = Readonly<{ pk: string; sk: string }>;

/** One condition on one attribute. `any` holds when one of its clauses does. */
export type Clause =
  | Readonly<{ attribute: string; is: '=' | '<>' | '<' | '<=' | '>' | '>='; value: unknown }>
  | Readonly<{ attribute: string; is: 'in'; values: readonly unknown[] }>
  | Readonly<{ attribute: string; is: 'present' | 'absent' }>
  | Readonly<{ attribute: string; is: 'smaller than'; count: number }>
  | Readonly<{ any: readonly Clause[] }>;

/** One write. All clauses of `when` must hold. `set` skips undefined values. */
export type TableAction =
  | Readonly<{
      type: 'put';
      item: Key & Readonly<Record<string, unknown>>;
      when?: readonly Clause[];
    }>
  | Readonly<{
      type: 'update';
      key: Key;
      set?: Readonly<Record<string, unknown>>;
      remove?: readonly string[];
      /** Numbers are added, sets are united. */
      add?: Readonly<Record<string, number | ReadonlySet<string>>>;
      take?: Readonly<Record<string, ReadonlySet<string>>>;
      when?: readonly Clause[];
    }>
  | Readonly<{ type: 'check'; key: Key; when: readonly Clause[] }>
  | Readonly<{ type: 'delete'; key: Key; when?: readonly Clause[] }>;

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Translates an action to DynamoDB's transaction item, with every name and value as a placeholder. */
export function toTransactItem(table: string, action: TableAction): TransactItem {
  const slots = createSlots();
  switch (action.type) {
    case 'put':
      return {
        Put: { TableName: table, Item: { ...action.item }, ...condition(slots, action.when) },
      };
    case 'check':
      return {
        ConditionCheck: {
          TableName: table,
          Key: { ...action.key },
          ConditionExpression: all(slots, action.when),
          ...slots.attributes(),
        },
      };
    case 'delete':
      return {
        Delete: { TableName: table, Key: { ...action.key }, ...condition(slots, action.when) },
      };
    case 'update': {
      const expression = updateExpression(slots, action);
      return {
        Update: {
          TableName: table,
          Key: { ...action.key },
          UpdateExpression: expression,
          ...condition(slots, action.when),
        },
      };
    }
  }
}

type Slots = ReturnType<typeof createSlots>;

function createSlots() {
  const names = new Map<string, string>();
  const values: Record<string, unknown> = {};
  let count = 0;
  return {
    name(attribute: string): string {
      const known = names.get(attribute) ?? `#n${names.size}`;
      names.set(attribute, known);
      return known;
    },
    value(value: unknown): string {
      const slot = `:v${count}`;
      count += 1;
      values[slot] = value;
      return slot;
    },
    attributes: () => ({
      ...(names.size > 0
        ? { ExpressionAttributeNames: Object.fromEntries([...names].map(([a, b]) => [b, a])) }
        : {}),
      ...(count > 0 ? { ExpressionAttributeValues: values } : {}),
    }),
  };
}

function updateExpression(slots: Slots, action: Extract<TableAction, { type: 'update' }>): string {
  const set = Object.entries(action.set ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${slots.name(name)} = ${slots.value(value)}`);
  const add = Object.entries(action.add ?? {}).map(
    ([name, value]) => `${slots.name(name)} ${slots.value(value)}`,
  );
  const take = Object.entries(action.take ?? {}).map(
    ([name, value]) => `${slots.name(name)} ${slots.value(value)}`,
  );
  const remove = (action.remove ?? []).map((name) => slots.name(name));
  return [
    set.length > 0 ? `SET ${set.join(', ')}` : '',
    remove.length > 0 ? `REMOVE ${remove.join(', ')}` : '',
    add.length > 0 ? `ADD ${add.join(', ')}` : '',
    take.length > 0 ? `DELETE ${take.join(', ')}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function condition(slots: Slots, when: readonly Clause[] | undefined) {
  return {
    ...(when && when.length > 0 ? { ConditionExpression: all(slots, when) } : {}),
    ...slots.attributes(),
  };
}

function all(slots: Slots, clauses: readonly Clause[]): string {
  return clauses.map((clause) => one(slots, clause)).join(' AND ');
}

function one(slots: Slots, clause: Clause): string {
  if ('any' in clause) return `(${clause.any.map((part) => one(slots, part)).join(' OR ')})`;
  const name = slots.name(clause.attribute);
  switch (clause.is) {
    case 'present':
      return `attribute_exists(${name})`;
    case 'absent':
      return `attribute_not_exists(${name})`;
    case 'smaller than':
      return `size(${name}) < ${slots.value(clause.count)}`;
    case 'in':
      return `${name} IN (${clause.values.map((value) => slots.value(value)).join(', ')})`;
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return `${name} ${clause.is} ${slots.value(clause.value)}`;
  }
}
