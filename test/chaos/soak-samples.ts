import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { localNames } from '../../local/engines/engines.ts';
import type { Stack } from './stack.ts';

/** The state of a stack at one moment. Bytes; `at` in ms since the start. */
export type Sample = Readonly<{
  at: number;
  /** Requests that had ended. */
  ended: number;
  appRss: number;
  tableItems: number;
  tableBytes: number;
  queued: Queued;
}>;

/** Messages of both queues: ready for a handler, sent for later, and with a handler or hidden after one that failed. */
export type Queued = Readonly<{ ready: number; delayed: number; hidden: number }>;

/** Takes a sample. */
export async function sampleStack(
  stack: Stack,
  { since, ended }: Readonly<{ since: number; ended: number }>,
): Promise<Sample> {
  const [appRss, tableItems, tableBytes, queued] = await Promise.all([
    rssOfApp(),
    countItems(stack),
    bytesOfTable(stack),
    countQueued(stack),
  ]);
  return { at: Date.now() - since, ended, appRss, tableItems, tableBytes, queued };
}

/** Of the App's process, a child of this one; 0 while there is none. */
async function rssOfApp(): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map(rssOf));
  return Math.max(0, ...all);
}

async function rssOf(pid: string): Promise<number> {
  try {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    if (!command.includes('app-host.ts')) return 0;
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    if (!status.includes(`PPid:\t${process.pid}\n`)) return 0;
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}

async function countItems({ engines }: Stack): Promise<number> {
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: engines['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const pages = paginateScan({ client }, { TableName: localNames.table, Select: 'COUNT' });
  let count = 0;
  for await (const page of pages) count += page.Count ?? 0;
  client.destroy();
  return count;
}

async function countQueued({ engines }: Stack): Promise<Queued> {
  const client = new SQSClient({
    region: 'us-east-1',
    endpoint: engines['AWS_ENDPOINT_URL_SQS'] ?? '',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    useQueueUrlAsEndpoint: false,
  });
  const urls = [engines['CODY_QUEUE_INGEST'], engines['CODY_QUEUE_JOBS']];
  const answers = await Promise.all(
    urls.map((QueueUrl) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
    ),
  );
  client.destroy();
  const sum = (name: 'Messages' | 'MessagesDelayed' | 'MessagesNotVisible') =>
    answers.reduce((all, one) => all + Number(one.Attributes?.[`ApproximateNumberOf${name}`]), 0);
  return {
    ready: sum('Messages'),
    delayed: sum('MessagesDelayed'),
    hidden: sum('MessagesNotVisible'),
  };
}

/** The file and what the engine has not folded into it yet. */
async function bytesOfTable({ dataDir }: Stack): Promise<number> {
  const file = join(dataDir, 'engines', 'table.db');
  const sizes = await Promise.all(
    [file, `${file}-wal`].map((one) =>
      stat(one).then(
        ({ size }) => size,
        // The log of the engine is not always there.
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** The middle one of some numbers; 0 of none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
