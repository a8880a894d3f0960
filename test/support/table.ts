import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import type { AwsTarget } from '../../core/aws.ts';
import { createTable, ensureTable, type Table } from '../../core/store/table.ts';
import { startDynamoDb } from '../../local/engines/dynamodb.ts';

/** A real table on an engine of its own, in a folder of its own. */
export async function startTestTable(): Promise<{
  table: Table;
  /** The same table by a client of its own, as another process has it. */
  another: () => Table;
  /** Where the engine is. */
  aws: AwsTarget;
  close: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'cody-table-'));
  const engine = await startDynamoDb({
    file: join(folder, 'table.db'),
    log: pino({ level: 'silent' }),
  });
  const aws: AwsTarget = {
    region: 'us-east-1',
    endpoint: engine.endpoint,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  await ensureTable({ aws, name: 'cody' });
  return {
    table: createTable({ aws, name: 'cody' }),
    another: () => createTable({ aws, name: 'cody' }),
    aws,
    async close() {
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
