import { indexes } from '../../core/store/table-schema.ts';
import type { Table } from '../../core/store/table.ts';
import { createMemoryTable, type Item, select } from '../chaos/model/memory-table.ts';

type Partition = Map<string, Item>;

const attributes = ['pk', ...Object.values(indexes).map(({ partition }) => partition)];

/**
 * The table in memory with its partitions kept apart, so that a query does not look at a hundred thousand items. What
 * it answers is what the table in memory answers.
 */
export function createIndexedTable(): Table {
  const partitions = new Map<string, Partition>();
  const table = createMemoryTable((changes) => {
    for (const { before, after } of changes) {
      for (const attribute of attributes) {
        drop(partitions, attribute, before);
        keep(partitions, attribute, after);
      }
    }
  });
  return {
    ...table,
    query: async (query) => {
      const attribute = query.index ? indexes[query.index].partition : 'pk';
      const found = partitions.get(`${attribute} ${query.partition}`);
      return found ? structuredClone(select(query, found)) : [];
    },
  };
}

function drop(partitions: Map<string, Partition>, attribute: string, item: Item | undefined) {
  const name = item && partitionOf(item, attribute);
  if (!item || name === undefined) return;
  const partition = partitions.get(name);
  partition?.delete(keyOf(item));
  if (partition?.size === 0) partitions.delete(name);
}

function keep(partitions: Map<string, Partition>, attribute: string, item: Item | undefined) {
  const name = item && partitionOf(item, attribute);
  if (!item || name === undefined) return;
  const partition = partitions.get(name) ?? new Map<string, Item>();
  partitions.set(name, partition.set(keyOf(item), item));
}

function partitionOf(item: Item, attribute: string): string | undefined {
  const value = item[attribute];
  return typeof value === 'string' ? `${attribute} ${value}` : undefined;
}

function keyOf({ pk, sk }: Item): string {
  return JSON.stringify([pk, sk]);
}
