import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  type TransactionCanceledException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type AwsTarget, requestLimits } from '../aws.ts';
import { ConditionFailed, TransientError } from '../errors.ts';
import { type Key, type TableAction, toTransactItem } from './table-action.ts';
import { ttlAttribute } from './expiry.ts';
import { createTableInput, timeToLiveInput } from './table-definition.ts';
import { indexes, type IndexName } from './table-schema.ts';

/** One page of a query, oldest first unless `newestFirst`. */
export type TableQuery = Readonly<{
  index?: IndexName;
  partition: string;
  /** On the table: sort keys that start with this. On an index: values up to and including this number. */
  prefix?: string;
  /** On the table: sort keys behind this one. */
  after?: string;
  upTo?: number;
  limit?: number;
  newestFirst?: boolean;
}>;

/**
 * The table over the wire. Items come back as unknown records: whoever reads them parses them.
 *
 * Contract: `get` and `query` on the table (not on an index) are strongly consistent. `transact` writes all actions
 * or none; a failed condition throws ConditionFailed with the index of the action.
 */
export type Table = Readonly<{
  get: (key: Key) => Promise<unknown>;
  query: (query: TableQuery) => Promise<readonly unknown[]>;
  transact: (actions: readonly TableAction[]) => Promise<void>;
}>;

/** Makes the DynamoDB adapter of `Table`. Throttling and lost connections throw TransientError after the SDK's retries. */
export function createTable(options: { aws: AwsTarget; name: string }): Table {
  const client = documentClient(options.aws);
  const table = options.name;
  return {
    async get(key) {
      const answer = await client
        .send(new GetCommand({ TableName: table, Key: { ...key }, ConsistentRead: true }))
        .catch(unavailable);
      return answer.Item;
    },
    query: (query) => queryAll(client, table, query),
    transact: (actions) => transact(client, table, actions),
  };
}

/** One page of the whole table, in the engine's own order: the keys of what has expired by a time (Unix ms). */
export type ExpiredPage = Readonly<{ keys: readonly Key[]; next: Key | undefined }>;

/**
 * Returns a reader of what has expired, page by page: `limit` items are looked at. For engines on this machine, which do
 * not delete by themselves. Throws TransientError as the table does.
 */
export function createExpiredReader(options: {
  aws: AwsTarget;
  name: string;
}): (page: Readonly<{ now: number; limit: number; start?: Key }>) => Promise<ExpiredPage> {
  const client = documentClient(options.aws);
  return async ({ now, limit, start }) => {
    const answer = await client
      .send(
        new ScanCommand({
          TableName: options.name,
          Limit: limit,
          FilterExpression: '#t <= :t',
          ProjectionExpression: 'pk, sk',
          ExpressionAttributeNames: { '#t': ttlAttribute },
          ExpressionAttributeValues: { ':t': Math.floor(now / 1000) },
          ...(start ? { ExclusiveStartKey: { ...start } } : {}),
        }),
      )
      .catch(unavailable);
    const next = answer.LastEvaluatedKey;
    return {
      keys: z.array(TableKey).parse(answer.Items ?? []),
      next: next && TableKey.parse(next),
    };
  };
}

const TableKey = z.object({ pk: z.string(), sk: z.string() });

/**
 * Creates the table when it is missing, and has what expires deleted where the engine can. For engines on this machine:
 * on AWS the deployment does both.
 */
export async function ensureTable(options: { aws: AwsTarget; name: string }): Promise<void> {
  const client = new DynamoDBClient(clientOptions(options.aws));
  try {
    await client.send(new DescribeTableCommand({ TableName: options.name }));
  } catch (error) {
    if (!isNamed(error, 'ResourceNotFoundException')) throw error;
    await client.send(new CreateTableCommand(createTableInput(options.name)));
  }
  try {
    await ensureTimeToLive(client, options.name);
  } finally {
    client.destroy();
  }
}

/** It can be turned on once only, and is told of before it has taken effect. */
async function ensureTimeToLive(client: DynamoDBClient, name: string): Promise<void> {
  const known = await client.send(new DescribeTimeToLiveCommand({ TableName: name }));
  const status = known.TimeToLiveDescription?.TimeToLiveStatus;
  if (status === 'ENABLED' || status === 'ENABLING') return;
  await client.send(new UpdateTimeToLiveCommand(timeToLiveInput(name)));
}

async function queryAll(
  client: DynamoDBDocumentClient,
  table: string,
  query: TableQuery,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await client
      .send(new QueryCommand({ ...queryInput(table, query), ExclusiveStartKey: start }))
      .catch(unavailable);
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start && items.length < (query.limit ?? Number.POSITIVE_INFINITY));
  return query.limit ? items.slice(0, query.limit) : items;
}

function queryInput(table: string, query: TableQuery) {
  const index = query.index ? indexes[query.index] : undefined;
  const sort = index?.sort ?? 'sk';
  const range =
    query.prefix !== undefined
      ? ' AND begins_with(#s, :s)'
      : query.after !== undefined
        ? ' AND #s > :s'
        : query.upTo !== undefined
          ? ' AND #s <= :s'
          : '';
  const bound = query.prefix ?? query.after ?? query.upTo;
  return {
    TableName: table,
    ...(query.index ? { IndexName: query.index } : { ConsistentRead: true }),
    KeyConditionExpression: `#p = :p${range}`,
    ExpressionAttributeNames: { '#p': index?.partition ?? 'pk', ...(range ? { '#s': sort } : {}) },
    ExpressionAttributeValues: { ':p': query.partition, ...(range ? { ':s': bound } : {}) },
    ...(query.limit ? { Limit: query.limit } : {}),
    ScanIndexForward: !query.newestFirst,
  };
}

async function transact(
  client: DynamoDBDocumentClient,
  table: string,
  actions: readonly TableAction[],
): Promise<void> {
  const input: TransactWriteCommandInput = {
    TransactItems: actions.map((action) => toTransactItem(table, action)),
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.send(new TransactWriteCommand(input));
      return;
    } catch (error) {
      if (!isCancelled(error)) return unavailable(error);
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? 'None');
      const failed = codes.indexOf('ConditionalCheckFailed');
      if (failed >= 0) {
        throw new ConditionFailed(`Condition ${failed} did not hold`, {
          index: failed,
          cause: error,
        });
      }
      const conflict = codes.includes('TransactionConflict') || codes.includes('ThrottlingError');
      if (!conflict || attempt >= 6) return unavailable(error);
      await sleep(20 * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

const transientNames = [
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'RequestLimitExceeded',
  'InternalServerError',
  'ServiceUnavailable',
  'TimeoutError',
  'TransactionCanceledException',
  'TransactionInProgressException',
];

function unavailable(error: unknown): never {
  // A front of the service may answer 5xx without a name that is known, and an answer may break off.
  const network =
    error instanceof SyntaxError ||
    (error instanceof Error && ('code' in error || isServerFault(error)));
  if (network || transientNames.some((name) => isNamed(error, name))) {
    throw new TransientError('internal_error', 'The table cannot be reached', { cause: error });
  }
  throw error;
}

function isServerFault(error: Error): boolean {
  const status = z.object({ $metadata: z.object({ httpStatusCode: z.number() }) }).safeParse(error);
  return status.success && status.data.$metadata.httpStatusCode >= 500;
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function isCancelled(error: unknown): error is TransactionCanceledException {
  return isNamed(error, 'TransactionCanceledException');
}

function clientOptions(aws: AwsTarget) {
  return {
    region: aws.region,
    endpoint: aws.endpoint,
    credentials: aws.credentials,
    maxAttempts: 4,
    requestHandler: requestLimits(10_000),
  };
}

function documentClient(aws: AwsTarget): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions(aws)), {
    marshallOptions: { removeUndefinedValues: true },
  });
}
