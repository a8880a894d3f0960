import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureTable } from '../../../core/store/table.ts';
import { createMachineTokenStore } from '../../../core/store/machine-tokens.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/engines/dynamodb.ts';
import { openTable } from '../../../local/token/open-table.ts';
import { readTokenCommand } from '../../../local/token/options.ts';

describe('the command line of machine tokens', () => {
  it('reads what it is asked for', () => {
    const words = 'create --user requester --repo acme/web --repo acme/api --name ci';
    expect(readTokenCommand(words.split(' '))).toEqual({
      type: 'create',
      user: 'requester',
      repositories: [
        { owner: 'acme', name: 'web' },
        { owner: 'acme', name: 'api' },
      ],
      name: 'ci',
      days: 90,
    });
    expect(readTokenCommand(['revoke', 'abc'])).toEqual({ type: 'revoke', id: 'abc' });
  });

  it.each([
    [[], /`create`, `list` or `revoke`/],
    [['create', '--user', 'requester', '--name', 'ci'], /at least one owner\/name/],
    [['create', '--user', 'a', '--name', 'ci', '--repo', 'web'], /not owner\/name/],
    [['create', '--user', 'a', '--name', 'ci', '--repo', 'a/b', '--days', '0'], /1 to 365/],
    [['create', '--colour', 'blue'], /--colour/],
    [['revoke'], /Name one token/],
  ])('refuses %j', (args, message) => {
    expect(() => readTokenCommand(args)).toThrow(message);
  });
});

describe('the table of machine tokens', () => {
  let dir: string;
  let engine: DynamoDbEngine;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'cody-token-'));
    engine = await startDynamoDb({
      file: join(dir, 'table.db'),
      log: pino({ level: 'silent' }),
    });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const aws = { region: 'us-east-1', endpoint: engine.endpoint, credentials };
    await ensureTable({ aws, name: 'cody' });
  });
  afterAll(async () => {
    await engine.close();
    await rm(dir, { recursive: true, force: true });
  });

  it('is that of the server that runs here', async () => {
    const { table, close } = await openTable({
      dataDir: dir,
      table: 'cody',
      remote: false,
      endpoint: undefined,
      region: 'us-east-1',
      github: { appId: 1, privateKey: '', apiUrl: '' },
    });
    const tokens = createMachineTokenStore({ table, now: Date.now });
    expect(await tokens.list()).toEqual([]);
    await close();
    // It was the server's own and still runs.
    expect(await tokens.list()).toEqual([]);
  });
});
