import type { Table } from '../../../core/store/table.ts';
import type { TableAction } from '../../../core/store/table-action.ts';
import type { Statement } from '../../../infra/access.ts';

/** What IAM is asked for one item, or for one page of a query: the action, the table or its index, and partition keys. */
export type Asked = Readonly<{ action: string; resource: string; keys: readonly string[] }>;

const kinds = {
  put: 'dynamodb:PutItem',
  update: 'dynamodb:UpdateItem',
  check: 'dynamodb:ConditionCheckItem',
  delete: 'dynamodb:DeleteItem',
} as const;

/** The table, which also notes what IAM would be asked for. */
export function watched(table: Table): Table & Readonly<{ asked: Asked[] }> {
  const asked: Asked[] = [];
  return {
    asked,
    get(key) {
      asked.push({ action: 'dynamodb:GetItem', resource: 'table', keys: [key.pk] });
      return table.get(key);
    },
    query(query) {
      const { index, partition } = query;
      asked.push({ action: 'dynamodb:Query', resource: index ?? 'table', keys: [partition] });
      return table.query(query);
    },
    transact(actions) {
      const keys = actions.map(pkOf);
      for (const action of actions) {
        const one = { action: kinds[action.type], resource: 'table' };
        // AWS does not say whether an action of a transaction is judged by its own key or by all: both have to do.
        asked.push({ ...one, keys: [pkOf(action)] }, { ...one, keys });
      }
      return table.transact(actions);
    },
  };
}

function pkOf(action: TableAction): string {
  return action.type === 'put' ? action.item.pk : action.key.pk;
}

/** The statements that let it happen (IAM user guide, "ForAllValues" and "StringLike"). */
export function allowing(
  statements: readonly Statement<string>[],
  { action, resource, keys }: Asked,
): readonly Statement<string>[] {
  return statements.filter(
    ({ actions, resources, conditions = [] }) =>
      actions.includes(action) &&
      resources.includes(resource) &&
      conditions.every(({ test, variable, values }) => {
        if (test !== 'ForAllValues:StringLike' || variable !== 'dynamodb:LeadingKeys')
          throw new Error(`${test} ${variable} is not known here`);
        return keys.every((key) => values.some((pattern) => isLike(key, pattern)));
      }),
  );
}

/** `*` stands for any characters; the others that IAM knows are not used. */
export function isLike(key: string, pattern: string): boolean {
  return pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}
