import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AwsTarget } from '../../core/aws.ts';
import { ensureBucket } from '../../core/bucket.ts';
import { ensureQueue, type QueuePair } from '../../core/queue.ts';
import { ensureTable } from '../../core/store/table.ts';
import type { LocalConfig } from '../config.ts';
import { startDynamoDb } from './dynamodb.ts';
import { startQueuesAndObjects } from './sqs-s3.ts';

/** Names of table, bucket and queues on one machine. */
export const localNames = {
  table: 'cody',
  bucket: 'cody',
  ingest: 'ingest',
  jobs: 'jobs',
} as const;

/** Running engines: the environment that points at them, and the queues with their dead letters. */
export type Engines = Readonly<{
  env: Readonly<Record<string, string>>;
  ingest: QueuePair;
  jobs: QueuePair;
  close: () => Promise<void>;
}>;

type Options = Readonly<{ config: LocalConfig; log: Logger }>;

/**
 * Starts the engines that the environment does not name an endpoint for, and creates what is missing in them.
 * The ingest queue outlives this process; the jobs queue is filled again from the table by the sweep.
 */
export async function startEngines({ config, log }: Options): Promise<Engines> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer();
  };
  try {
    const dynamoDb = config.dynamoDbEndpoint ?? (await ownDynamoDb());
    const objects = await ownQueuesAndObjects();
    const sqs = config.sqsEndpoint ?? objects.sqsEndpoint;
    const s3 = config.s3Endpoint ?? objects.s3Endpoint;
    await ensureTable({ aws: target(dynamoDb), name: localNames.table });
    await ensureBucket({ aws: target(s3), name: localNames.bucket });
    const queue = { aws: target(sqs), maxReceives: 5, visibilitySeconds: 120 };
    const ingest = await ensureQueue({ ...queue, name: localNames.ingest });
    const jobs = await ensureQueue({ ...queue, name: localNames.jobs });
    const env = {
      AWS_REGION: 'us-east-1',
      // Engines here take any key, and some keep a world per key: everybody uses the same one.
      AWS_ACCESS_KEY_ID: '',
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb,
      AWS_ENDPOINT_URL_SQS: sqs,
      AWS_ENDPOINT_URL_S3: s3,
      CODY_TABLE: localNames.table,
      CODY_BUCKET: localNames.bucket,
      CODY_QUEUE_INGEST: ingest.url,
      CODY_QUEUE_JOBS: jobs.url,
    };
    return { env, ingest, jobs, close };
  } catch (error) {
    await close();
    throw error;
  }

  async function ownDynamoDb(): Promise<string> {
    const engine = await startDynamoDb({ file: join(config.dataDir, 'table.db'), log });
    closers.push(engine.close);
    return engine.endpoint;
  }

  async function ownQueuesAndObjects() {
    const engine = await startQueuesAndObjects({
      dataDir: config.dataDir,
      durableQueues: [localNames.ingest, `${localNames.ingest}-dead`],
      log,
    });
    closers.push(engine.close);
    return engine;
  }
}

function target(endpoint: string): AwsTarget {
  return {
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
}
