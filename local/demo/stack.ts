import { join } from 'node:path';
import { startDynamoDb } from '../engines/dynamodb.ts';
import { startServer } from '../server.ts';
import { startSurroundings, type Surroundings, type SurroundingsOptions } from './surroundings.ts';

type Server = Awaited<ReturnType<typeof startServer>>;

/** The whole product on this machine. `tableEndpoint` is where its table can be read. */
export type Stack = Surroundings & Readonly<{ server: Server; tableEndpoint: string }>;

type StackOptions = SurroundingsOptions & Readonly<{ env: Readonly<Record<string, string>> }>;

/**
 * Starts all of it on free loopback ports. `env` goes to the server beside the names it needs. The database is
 * started here, so that the demo can read figures that no person sees on GitHub.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, log } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer();
  };
  try {
    const surroundings = await startSurroundings(options);
    closers.push(surroundings.close);
    const table = await startDynamoDb({ file: join(dataDir, 'table.db'), log });
    closers.push(table.close);
    const server = await startServer({
      env: {
        ...surroundings.env,
        AWS_ENDPOINT_URL_DYNAMODB: table.endpoint,
        ...options.env,
      },
      log,
    });
    closers.push(server.close);
    surroundings.github.setWebhookUrl(`${server.url}/api/github/webhooks`);
    return { ...surroundings, server, tableEndpoint: table.endpoint, close };
  } catch (error) {
    await close();
    throw error;
  }
}
