import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProcess } from '../../../core/process.ts';
import { startDynamoDb } from '../../../local/engines/dynamodb.ts';
import { freePort } from '../../../local/engines/loopback-server.ts';
import { eventually, isRunning, startHost } from './host-process.ts';

const log = pino({ level: 'silent' });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const TableName = 'jobs';

function clientOf(endpoint: string): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function createTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
}

function putOnce(pk: string, value: string): PutItemCommand {
  return new PutItemCommand({
    TableName,
    Item: { pk: { S: pk }, value: { S: value } },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
}

async function valueOf(client: DynamoDBClient, pk: string): Promise<string | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { pk: { S: pk } }, ConsistentRead: true }),
  );
  return Item?.['value']?.S;
}

async function engineOf(file: string): Promise<number> {
  return Number((await readFile(`${file}.pid`, 'utf8')).split(' ')[0]);
}

describe('the local DynamoDB engine', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dynamodb-'));
    file = join(folder, 'data', 'table.db');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps acknowledged writes when it and its host are killed while writing', async () => {
    const host = await startHost('dynamodb-host.ts', [file]);
    const client = clientOf(host.ready.endpoint);
    await createTable(client);
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let n = 0; ; n += 1) {
        await client.send(
          new TransactWriteItemsCommand({
            TransactItems: [`a${n}`, `b${n}`].map((pk) => ({
              Put: {
                TableName,
                Item: { pk: { S: pk }, value: { S: 'kept' } },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            })),
          }),
        );
        acknowledged.push(`a${n}`, `b${n}`);
      }
    })().catch(() => undefined);
    await eventually(async () => (acknowledged.length >= 40 ? true : undefined));
    const engine = await engineOf(file);
    process.kill(engine, 'SIGKILL');
    await host.kill();
    await writing;

    const again = await startDynamoDb({ file, log });
    const reader = clientOf(again.endpoint);
    const values = await Promise.all(acknowledged.map((pk) => valueOf(reader, pk)));
    expect(values).toEqual(acknowledged.map(() => 'kept'));
    await expect(reader.send(putOnce('a0', 'other'))).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
    });
    await again.close();
  });

  it('leaves no process when its host is killed', async () => {
    const host = await startHost('dynamodb-host.ts', [file]);
    const engine = await engineOf(file);
    expect(await isRunning(engine)).toBe(true);
    await host.kill();
    const again = await startDynamoDb({ file, log });
    expect(await isRunning(engine)).toBe(false);
    await again.close();
  });

  it('ends an engine that a killed host left behind', async () => {
    const binary = createRequire(import.meta.url).resolve(
      `@dynoxide/${process.platform}-${process.arch}/dynoxide`,
    );
    await mkdir(dirname(file), { recursive: true });
    const port = String(await freePort());
    const script = 'file=$1; shift; "$@" --db-path "$file" >/dev/null 2>&1 & echo $! $$';
    const args = ['-c', script, 'sh', file, binary, 'serve', '--port', port];
    const { stdout } = await runProcess({ command: '/bin/sh', args, env: {} });
    await writeFile(`${file}.pid`, stdout.toString());
    const orphan = Number(stdout.toString().split(' ')[0]);
    await eventually(async () =>
      (await readlink(`/proc/${orphan}/exe`)) === binary ? true : undefined,
    );

    const engine = await startDynamoDb({ file, log });
    expect(await isRunning(orphan)).toBe(false);
    await engine.close();
  });

  it('refuses a file that a running process uses', async () => {
    const host = await startHost('dynamodb-host.ts', [file]);
    await expect(startDynamoDb({ file, log })).rejects.toThrow(/is in use by process/);
    await createTable(clientOf(host.ready.endpoint));
    await host.kill();
  });

  it('does not end a process that only has the pid of an old engine', async () => {
    const engine = await startDynamoDb({ file, log });
    await engine.close();
    await writeFile(`${file}.pid`, `${process.pid} ${process.ppid}`);
    const again = await startDynamoDb({ file, log });
    expect(again.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    await again.close();
  });

  it('refuses a given port that is taken', async () => {
    const first = await startDynamoDb({ file, log });
    const port = Number(new URL(first.endpoint).port);
    const other = join(folder, 'other.db');
    await expect(startDynamoDb({ file: other, port, log })).rejects.toThrow(/already in use/);
    await first.close();
  });
});
