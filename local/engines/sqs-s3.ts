import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { Server } from 'node:net';
import { join, resolve } from 'node:path';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import type { Logger } from 'pino';
import { startDurableQueue } from './durable-queue.ts';
import { openMessageLog } from './message-log.ts';
import { createUpstream } from './upstream.ts';

/** Where data lies, and which queues keep their messages over a crash. `port` is that of the SQS endpoint. */
export type QueuesAndObjectsOptions = Readonly<{
  dataDir: string;
  durableQueues: readonly string[];
  port?: number;
  log: Logger;
}>;

/** Both endpoints speak both protocols; only the SQS endpoint keeps messages. */
export type QueuesAndObjects = Readonly<{
  sqsEndpoint: string;
  s3Endpoint: string;
  close: () => Promise<void>;
}>;

/**
 * Starts SQS and S3 engines on 127.0.0.1 and returns their endpoints. Objects and buckets are files below
 * `<dataDir>/objects`. Queues are in memory and have to be created after each start; the messages of
 * `durableQueues` are in `<dataDir>/messages.db` and come back when their queue is created.
 * Queue addresses carry a host name that need not resolve: set `useQueueUrlAsEndpoint: false` on the SQS client.
 */
export async function startQueuesAndObjects(
  options: QueuesAndObjectsOptions,
): Promise<QueuesAndObjects> {
  const dataDir = resolve(options.dataDir);
  const objects = join(dataDir, 'objects');
  await mkdir(objects, { recursive: true });
  await removeTornObjects(objects, options.log);
  const engine = await startOnLoopback(objects);
  const s3Endpoint = `http://127.0.0.1:${engine.port}`;
  const messageLog = openMessageLog(join(dataDir, 'messages.db'));
  const upstream = createUpstream(s3Endpoint);
  const closeEngine = async () => {
    upstream.close();
    await engine.stop();
    messageLog.close();
  };
  try {
    const { durableQueues: queues, port = 0, log } = options;
    const front = await startDurableQueue({ queues, messageLog, upstream, port, log });
    return {
      sqsEndpoint: front.endpoint,
      s3Endpoint,
      close: async () => {
        await front.close();
        await closeEngine();
      },
    };
  } catch (error) {
    await closeEngine();
    throw error;
  }
}

/**
 * fauxqs keeps objects in files only through `startFauxqs`, which always binds 0.0.0.0. While it starts, listening
 * on all interfaces means listening on loopback.
 */
async function startOnLoopback(s3StorageDir: string): Promise<FauxqsServer> {
  const listen = Object.getOwnPropertyDescriptor(Server.prototype, 'listen');
  if (!listen) throw new Error('net.Server has no listen method of its own');
  const original: unknown = listen.value;
  if (typeof original !== 'function') throw new Error('net.Server.listen is not a function');
  Object.defineProperty(Server.prototype, 'listen', {
    ...listen,
    value(this: Server, ...args: readonly unknown[]): unknown {
      return Reflect.apply(original, this, args.map(onLoopback));
    },
  });
  try {
    const engine = await startFauxqs({ port: 0, logger: false, s3StorageDir });
    if (new URL(engine.address).hostname !== '127.0.0.1') {
      await engine.stop();
      throw new Error('The SQS and S3 engine did not start on loopback');
    }
    return engine;
  } finally {
    Object.defineProperty(Server.prototype, 'listen', listen);
  }
}

function onLoopback(argument: unknown): unknown {
  const isOpen =
    typeof argument === 'object' &&
    argument !== null &&
    'host' in argument &&
    argument.host === '0.0.0.0';
  return isOpen ? { ...argument, host: '127.0.0.1' } : argument;
}

/**
 * Removes descriptions of objects that were being written when the process was killed: they were never
 * acknowledged, and the engine does not start over one that it can't parse.
 */
async function removeTornObjects(folder: string, log: Logger): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const isDescription = entry.isFile() && /(\.meta|^\.bucket|^\.upload)\.json$/.test(entry.name);
    if (!isDescription) continue;
    const path = join(entry.parentPath, entry.name);
    if (isJson(await readFile(path, 'utf8'))) continue;
    log.warn({ path }, 'half-written object removed');
    await rm(path);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // Not an error here: the question was whether it parses.
    return false;
  }
}
