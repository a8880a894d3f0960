import { join } from 'node:path';
import { pino } from 'pino';
import { createTable, ensureTable, type Table } from '../../core/store/table.ts';
import { findDynamoDb, startDynamoDb } from '../engines/dynamodb.ts';
import type { TokenConfig } from './token-config.ts';

type OpenTable = Readonly<{ table: Table; close: () => Promise<void> }>;

const nothing = async () => undefined;

/** The table on AWS, that of the server which runs on this machine, or that of one which does not run now. */
export async function openTable(config: TokenConfig): Promise<OpenTable> {
  const { dataDir, endpoint, region, table: name, remote } = config;
  if (remote && endpoint === undefined)
    return { table: createTable({ aws: { region }, name }), close: nothing };
  const file = join(dataDir, 'table.db');
  const running = endpoint ?? (await findDynamoDb(file));
  if (running !== undefined)
    return { table: createTable({ aws: local(running), name }), close: nothing };
  const engine = await startDynamoDb({ file, log: pino({ level: 'silent' }) });
  await ensureTable({ aws: local(engine.endpoint), name });
  return { table: createTable({ aws: local(engine.endpoint), name }), close: engine.close };
}

function local(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { region: 'us-east-1', endpoint, credentials };
}
