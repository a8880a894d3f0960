import { type Server, startServer } from '../server.ts';
import { startSurroundings, type Surroundings, type SurroundingsOptions } from './surroundings.ts';

/** The whole product on this machine. */
export type Stack = Surroundings & Readonly<{ server: Server }>;

type StackOptions = SurroundingsOptions & Readonly<{ env: Readonly<Record<string, string>> }>;

/** Starts all of it on free loopback ports. `env` goes to the server beside the names it needs. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const surroundings = await startSurroundings(options);
  try {
    const env = { ...surroundings.env, ...options.env };
    const server = await startServer({ env, log: options.log });
    surroundings.github.setWebhookUrl(`${server.url}/api/github/webhooks`);
    const close = async () => {
      await server.close();
      await surroundings.close();
    };
    return { ...surroundings, server, close };
  } catch (error) {
    await surroundings.close();
    throw error;
  }
}
