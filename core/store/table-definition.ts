import { ttlAttribute } from './expiry.ts';
import { indexes } from './table-schema.ts';

/** What CreateTable is told of the table, for engines on this machine. */
export function createTableInput(name: string) {
  const sorts = Object.values(indexes);
  const attributes = new Map<string, 'S' | 'N'>([
    ['pk', 'S'],
    ['sk', 'S'],
  ]);
  for (const index of sorts) {
    attributes.set(index.partition, 'S');
    attributes.set(index.sort, index.sortType);
  }
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST' as const,
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({
      AttributeName,
      AttributeType,
    })),
    KeySchema: keySchema('pk', 'sk'),
    GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, index]) => ({
      IndexName,
      KeySchema: keySchema(index.partition, index.sort),
      Projection: { ProjectionType: 'ALL' as const },
    })),
  };
}

/** What UpdateTimeToLive is told. */
export function timeToLiveInput(name: string) {
  return {
    TableName: name,
    TimeToLiveSpecification: { Enabled: true, AttributeName: ttlAttribute },
  };
}

function keySchema(partition: string, sort: string) {
  return [
    { AttributeName: partition, KeyType: 'HASH' as const },
    { AttributeName: sort, KeyType: 'RANGE' as const },
  ];
}
