import { config } from './config.ts';
import { stage } from './stage.ts';
import { tableShape } from './table-shape.ts';

const { partition, sort, ttl, indexes } = tableShape;

/** The deployment's own table, or the one that an operator restored and named. */
export const table =
  config.table === undefined ? ownTable() : sst.aws.Dynamo.get('RestoredTable', config.table);

/** On demand, with point-in-time recovery (SST's default, which the plan's check holds on to). */
function ownTable(): sst.aws.Dynamo {
  return new sst.aws.Dynamo('Table', {
    fields: {
      [partition]: 'string',
      [sort]: 'string',
      ...Object.fromEntries(
        Object.values(indexes).flatMap((index) => [
          [index.partition, 'string' as const],
          [index.sort, 'number' as const],
        ]),
      ),
    },
    primaryIndex: { hashKey: partition, rangeKey: sort },
    globalIndexes: Object.fromEntries(
      Object.entries(indexes).map(([name, index]) => [
        name,
        { hashKey: index.partition, rangeKey: index.sort },
      ]),
    ),
    ttl,
    deletionProtection: stage.production,
  });
}

/** The ARN of an index. */
export function indexArn(name: string): $util.Output<string> {
  return $interpolate`${table.arn}/index/${name}`;
}

/** The ARNs of the indexes, one by one. */
export const tableIndexes = Object.keys(indexes).map((name) => indexArn(name));
