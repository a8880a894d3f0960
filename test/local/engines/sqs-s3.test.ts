import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startQueuesAndObjects } from '../../../local/engines/sqs-s3.ts';
import { eventually, startHost } from './host-process.ts';

const log = pino({ level: 'silent' });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const region = 'us-east-1';

function queues(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region,
    credentials,
    useQueueUrlAsEndpoint: false,
    maxAttempts: 1,
  });
}

async function createQueue(
  client: SQSClient,
  QueueName: string,
  Attributes: Record<string, string> = {},
): Promise<string> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl ?? '';
}

function redriveTo(name: string, maxReceiveCount: number): Record<string, string> {
  const deadLetterTargetArn = `arn:aws:sqs:${region}:000000000000:${name}`;
  return { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) };
}

async function receive(client: SQSClient, QueueUrl: string, WaitTimeSeconds = 0) {
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages ?? [];
}

async function bodies(client: SQSClient, QueueUrl: string): Promise<(string | undefined)[]> {
  return (await receive(client, QueueUrl)).map(({ Body }) => Body);
}

async function sendTwo(client: SQSClient, QueueUrl: string): Promise<void> {
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'two' }));
}

async function countDelayed(client: SQSClient, QueueUrl: string): Promise<string | undefined> {
  const name = 'ApproximateNumberOfMessagesDelayed';
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }),
  );
  return Attributes?.[name];
}

describe('the local queues', () => {
  let dataDir: string;
  const close: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'queues-'));
  });
  afterEach(async () => {
    for (const end of close.splice(0)) await end();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Queues in a process that can be killed. */
  async function killable() {
    const host = await startHost('queue-host.ts', [dataDir, 'ingest']);
    return { client: queues(host.ready.sqsEndpoint), ...host };
  }
  async function here() {
    const engine = await startQueuesAndObjects({ dataDir, durableQueues: ['ingest'], log });
    close.push(engine.close);
    return { client: queues(engine.sqsEndpoint), engine };
  }

  it('hand out after a kill what was sent and not deleted', async () => {
    const first = await killable();
    const QueueUrl = await createQueue(first.client, 'ingest');
    await first.client.send(
      new SendMessageCommand({
        QueueUrl,
        MessageBody: 'one',
        MessageGroupId: '7',
        MessageAttributes: { event: { DataType: 'String', StringValue: 'issue_comment' } },
      }),
    );
    await first.client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: ['two', 'three', 'four'].map((Id) => ({ Id, MessageBody: Id })),
      }),
    );
    const [one, two] = await receive(first.client, QueueUrl);
    await first.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [{ Id: 'x', ReceiptHandle: two?.ReceiptHandle ?? '' }],
      }),
    );
    await first.kill();

    const { client } = await here();
    const again = await receive(client, await createQueue(client, 'ingest'));
    expect(one?.Body).toBe('one');
    expect(again.map(({ Body }) => Body)).toEqual(['one', 'three', 'four']);
    expect(again[0]?.MessageAttributes).toEqual({
      event: { DataType: 'String', StringValue: 'issue_comment' },
    });
  });

  it('forget a deleted message for good', async () => {
    const first = await killable();
    const QueueUrl = await createQueue(first.client, 'ingest');
    await sendTwo(first.client, QueueUrl);
    for (const { ReceiptHandle } of await receive(first.client, QueueUrl)) {
      await first.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
    await first.kill();
    const { client } = await here();
    expect(await bodies(client, await createQueue(client, 'ingest'))).toEqual([]);
  });

  it('forget the messages of a purged queue', async () => {
    const first = await killable();
    const QueueUrl = await createQueue(first.client, 'ingest');
    await sendTwo(first.client, QueueUrl);
    await first.client.send(new PurgeQueueCommand({ QueueUrl }));
    await first.kill();
    const { client } = await here();
    expect(await bodies(client, await createQueue(client, 'ingest'))).toEqual([]);
  });

  it('keep what is left of a delay', async () => {
    const first = await killable();
    const QueueUrl = await createQueue(first.client, 'ingest');
    const later = { QueueUrl, MessageBody: 'later', DelaySeconds: 600 };
    const soon = { QueueUrl, MessageBody: 'soon', DelaySeconds: 1 };
    await first.client.send(new SendMessageCommand(later));
    await first.client.send(new SendMessageCommand(soon));
    await first.kill();

    const { client } = await here();
    const url = await createQueue(client, 'ingest');
    const [message] = await receive(client, url, 10);
    expect(message?.Body).toBe('soon');
    expect(await countDelayed(client, url)).toBe('1');
  });

  it('replay once, however often their queue is created', async () => {
    const first = await killable();
    await sendTwo(first.client, await createQueue(first.client, 'ingest'));
    await first.kill();
    const { client } = await here();
    await createQueue(client, 'ingest');
    const url = await createQueue(client, 'ingest');
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'three' }));
    await createQueue(client, 'ingest');
    expect(await bodies(client, url)).toEqual(['one', 'two', 'three']);
  });

  it('keep a message that moved to the dead-letter queue until it is deleted there', async () => {
    const first = await killable();
    const deadUrl = await createQueue(first.client, 'ingest-dead');
    const QueueUrl = await createQueue(first.client, 'ingest', redriveTo('ingest-dead', 1));
    await sendTwo(first.client, QueueUrl);
    for (const { ReceiptHandle } of await receive(first.client, QueueUrl)) {
      const visible = { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 };
      await first.client.send(new ChangeMessageVisibilityCommand(visible));
    }
    expect(await bodies(first.client, QueueUrl)).toEqual([]);
    const dead = await receive(first.client, deadUrl);
    expect(dead.map(({ Body }) => Body)).toEqual(['one', 'two']);
    await first.client.send(
      new DeleteMessageCommand({ QueueUrl: deadUrl, ReceiptHandle: dead[0]?.ReceiptHandle }),
    );
    await first.kill();

    const { client } = await here();
    const url = await createQueue(client, 'ingest-dead');
    expect(await bodies(client, await createQueue(client, 'ingest'))).toEqual([]);
    expect(await bodies(client, url)).toEqual(['two']);
  });

  it('put a message that used up its receives over several crashes into the dead-letter queue', async () => {
    for (const run of [1, 2]) {
      const host = await killable();
      await createQueue(host.client, 'ingest-dead');
      const QueueUrl = await createQueue(host.client, 'ingest', redriveTo('ingest-dead', 2));
      if (run === 1) {
        await host.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'deadly' }));
      }
      expect(await bodies(host.client, QueueUrl)).toEqual(['deadly']);
      await host.kill();
    }
    const { client } = await here();
    const deadUrl = await createQueue(client, 'ingest-dead');
    const QueueUrl = await createQueue(client, 'ingest', redriveTo('ingest-dead', 2));
    expect(await bodies(client, QueueUrl)).toEqual([]);
    expect(await bodies(client, deadUrl)).toEqual(['deadly']);
  });

  it('lose no acknowledged message when they are killed while messages come in', async () => {
    const first = await killable();
    const QueueUrl = await createQueue(first.client, 'ingest');
    const acknowledged: string[] = [];
    const senders = [0, 1, 2, 3].map(async (sender) => {
      for (let n = 0; ; n += 1) {
        const MessageBody = `${sender}.${n}`;
        await first.client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
        acknowledged.push(MessageBody);
      }
    });
    // The senders end when their endpoint does.
    const ended = Promise.allSettled(senders);
    await eventually(async () => (acknowledged.length >= 100 ? true : undefined));
    await first.kill();
    await ended;

    const { client } = await here();
    const url = await createQueue(client, 'ingest');
    const found = new Set<string | undefined>();
    for (
      let batch = await bodies(client, url);
      batch.length > 0;
      batch = await bodies(client, url)
    ) {
      for (const body of batch) found.add(body);
    }
    expect(acknowledged.filter((body) => !found.has(body))).toEqual([]);
  });

  it('forget a message that the engine refused', async () => {
    const { client, engine } = await here();
    const QueueUrl = await createQueue(client, 'ingest', { MaximumMessageSize: '1024' });
    const large = { QueueUrl, MessageBody: 'x'.repeat(2000) };
    await expect(client.send(new SendMessageCommand(large))).rejects.toThrow(/shorter/);
    const Entries = ['x'.repeat(2000), 'small'].map((MessageBody, n) => ({
      Id: String(n),
      MessageBody,
    }));
    const { Failed } = await client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    expect(Failed).toMatchObject([{ Id: '0' }]);
    await engine.close();
    close.splice(0);
    const again = await here();
    const url = await createQueue(again.client, 'ingest');
    expect(await bodies(again.client, url)).toEqual(['small']);
  });

  it('keep other queues in memory only', async () => {
    const first = await killable();
    await sendTwo(first.client, await createQueue(first.client, 'jobs'));
    await first.kill();
    const { client } = await here();
    expect(await bodies(client, await createQueue(client, 'jobs'))).toEqual([]);
  });

  it('give a message back when the receiver left during its long poll', async () => {
    const { client } = await here();
    const QueueUrl = await createQueue(client, 'ingest', { VisibilityTimeout: '43200' });
    const leaving = new AbortController();
    const poll = new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 });
    const left = client.send(poll, { abortSignal: leaving.signal });
    const refused = expect(left).rejects.toThrow(/abort/i);
    // The poll has to reach the engine first; if it does not, the test passes without showing anything.
    await countDelayed(client, QueueUrl);
    await countDelayed(client, QueueUrl);
    leaving.abort();
    await refused;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'one' }));
    expect((await receive(client, QueueUrl, 20)).map(({ Body }) => Body)).toEqual(['one']);
  });

  it('refuse to make a FIFO queue durable', async () => {
    const durableQueues = ['ingest.fifo'];
    await expect(startQueuesAndObjects({ dataDir, durableQueues, log })).rejects.toThrow(
      /standard queue/,
    );
  });

  it('listen on loopback only', async () => {
    const { engine } = await here();
    expect(new URL(engine.sqsEndpoint).hostname).toBe('127.0.0.1');
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    const port = new URL(engine.s3Endpoint).port;
    const address = outside?.address ?? '127.0.0.2';
    await expect(fetch(`http://${address}:${port}/health`)).rejects.toThrow();
  });
});

function objects(endpoint: string): S3Client {
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
}

describe('the local objects', () => {
  let dataDir: string;
  const bucket = { Bucket: 'cody' };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'objects-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  it('outlive a kill, through both endpoints, without what was half-written', async () => {
    const host = await startHost('queue-host.ts', [dataDir]);
    const direct = objects(host.ready.s3Endpoint);
    const through = objects(host.ready.sqsEndpoint);
    await direct.send(new CreateBucketCommand(bucket));
    const large = Buffer.alloc(3_000_000, 'ä');
    await direct.send(new PutObjectCommand({ ...bucket, Key: 'patch/a', Body: large }));
    await through.send(new PutObjectCommand({ ...bucket, Key: 'patch/b', Body: 'second' }));
    await host.kill();
    await writeFile(join(dataDir, 'objects/buckets/cody/objects/torn.meta.json'), '{"key": "to');

    const engine = await startQueuesAndObjects({ dataDir, durableQueues: [], log });
    const client = objects(engine.s3Endpoint);
    const read = async (Key: string) =>
      (await client.send(new GetObjectCommand({ ...bucket, Key }))).Body?.transformToByteArray();
    expect(large.equals((await read('patch/a')) ?? Buffer.alloc(0))).toBe(true);
    expect(Buffer.from((await read('patch/b')) ?? []).toString()).toBe('second');
    await expect(read('torn')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await engine.close();
  });
});
