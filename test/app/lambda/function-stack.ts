import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import pino from 'pino';
import { vi } from 'vitest';
import { readConfigs } from '../../../local/read-configs.ts';
import { startEcs } from '../../../local/engines/ecs.ts';
import { startEngines } from '../../../local/engines/engines.ts';
import { createTaskWatch } from '../../../core/launcher.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createTable } from '../../../core/store/table.ts';
import { createQueue, type ReceivedMessage } from '../../../core/queue.ts';
import { environmentOf } from '../../../infra/environment.ts';
import { functionNames, type FunctionName } from '../../../infra/limits.ts';
import { parametersOf } from '../../../infra/parameters.ts';
import type { Bundle } from '../../../bench/bundles.ts';
import { childEnv } from '../../support/child-env.ts';
import { shortTimes, startOutside, until } from '../../support/e2e.ts';

type UrlAnswer = Readonly<{ statusCode: number; body: string }>;
type Handler = (event: unknown, context?: unknown) => Promise<UrlAnswer>;

/** A started task: what it was given, by name. */
export type StartedTask = Readonly<Record<string, string>>;

const target = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** Node's own way to load a module: the bundle is not to be changed on the way. */
const load = createRequire(import.meta.url);

const log = pino({ level: 'silent' });

/**
 * The deployed functions on this machine: each bundle as it would be uploaded, with the environment that the
 * deployment gives it, against the local engines, an ECS endpoint whose tasks only wait, and a Parameter Store.
 */
export async function startFunctions(bundles: Readonly<Record<FunctionName, Bundle>>) {
  const outside = await startOutside();
  const local = readConfigs({ ...childEnv, ...outside.env });
  const engines = await startEngines({ config: local, log });
  const started: StartedTask[] = [];
  const stopped: unknown[] = [];
  const ecs = await startEcs({
    cluster: 'cody',
    taskDefinitions: {
      worker: ({ environment }) => {
        started.push(environment);
        return { command: process.execPath, args: ['-e', waiting], env: { ...childEnv } };
      },
    },
    logsDir: join(outside.dataDir, 'tasks'),
    onTaskStopped: (event) => void stopped.push(event),
    log,
  });
  const parameters = new Map(
    Object.entries(outside.env).map(([name, value]) => [`/cody-batch/test/${name}`, value]),
  );
  const store = await startParameterStore(parameters);
  const values: Readonly<Record<string, string>> = {
    ...engines.env,
    CODY_CLUSTER: 'cody',
    CODY_TASK: 'worker',
    CODY_TASK_CPU: '2048',
    CODY_TASK_MEMORY: '4096',
    CODY_CONTAINER: 'Worker',
    CODY_SUBNETS: 'subnet-1,subnet-2',
    CODY_SECURITY_GROUPS: 'sg-1',
    CODY_MODEL_ACCOUNT: 'default',
    CODY_PUBLIC_URL: 'https://pages.example.com',
  };
  const endpoints = {
    ...Object.fromEntries(Object.entries(engines.env).filter(([name]) => name.startsWith('AWS_'))),
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_ECS: ecs.endpoint,
    AWS_ENDPOINT_URL_SSM: store.url,
    GITHUB_API_URL: outside.env['GITHUB_API_URL'] ?? '',
    GITHUB_SERVER_URL: outside.env['GITHUB_SERVER_URL'] ?? '',
    ...shortTimes,
    LOG_LEVEL: 'info',
    CODY_METRICS: 'CodyBatch/test',
  };
  /** What the functions wrote. */
  const lines: string[] = [];
  const handlers = new Map<FunctionName, Handler>();
  for (const name of functionNames) {
    const { file } = bundles[name];
    handlers.set(name, await withEnvironment(name, async () => load(file).handler));
  }

  return {
    ...outside,
    parameters,
    lines,
    started,
    /** Ends all tasks, and returns what ECS told of it. */
    async stopTasks() {
      const watch = createTaskWatch({
        aws: { ...target, endpoint: ecs.endpoint },
        cluster: 'cody',
        taskDefinition: 'worker',
      });
      for (const { taskArn } of await watch.running()) await watch.stop(taskArn, 'Stopped');
      await until('the task is stopped', () => stopped.length > 0);
      return stopped;
    },
    job: (id: string) => {
      const endpoint = engines.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '';
      const table = createTable({ aws: { ...target, endpoint }, name: 'cody' });
      return createJobStore({ table, now: Date.now }).get(id);
    },
    call,
    /** A web server in front of `receive`, as its function URL is. */
    hook: await listen((request, body) => call('receive', urlEvent(request, body))),
    /** The next message of a queue, or of its dead letters, as an event of SQS has it. */
    next: async (name: 'ingest' | 'jobs') => sqsEvent(await nextMessage(name)),
    close: async () => {
      await ecs.close();
      await store.close();
      await engines.close();
      await outside.close();
    },
  };

  /** What a function answers; only some answer as a function URL does. */
  async function call(name: FunctionName, event?: unknown): Promise<UrlAnswer> {
    const handler = handlers.get(name);
    if (!handler) throw new Error(`${name} has no handler`);
    return withEnvironment(name, () => handler(event, { awsRequestId: randomUUID() }));
  }

  /** Nothing of this process's own environment is there, and nothing of another function's. */
  async function withEnvironment<T>(name: FunctionName, run: () => Promise<T>): Promise<T> {
    const before = { ...process.env };
    const own = environmentOf[name].map((variable) => [variable, values[variable] ?? '']);
    const stored = parametersOf[name].map((one) => [one, `ssm:/cody-batch/test/${one}`]);
    replaceEnvironment({ ...endpoints, ...Object.fromEntries([...own, ...stored]) });
    const written = vi.spyOn(process.stdout, 'write');
    written.mockImplementation((text) => lines.push(...String(text).trim().split('\n')) > 0);
    try {
      return await run();
    } finally {
      written.mockRestore();
      replaceEnvironment(before);
    }
  }

  async function nextMessage(name: 'ingest' | 'jobs'): Promise<ReceivedMessage> {
    const endpoint = engines.env['AWS_ENDPOINT_URL_SQS'] ?? '';
    const queue = createQueue({ aws: { ...target, endpoint }, url: engines[name].url });
    const [message] = await queue.receive({ max: 1, waitSeconds: 10, visibilitySeconds: 60 });
    if (!message) throw new Error(`Nothing is in ${name}`);
    await queue.remove(message.receipt);
    return message;
  }
}

/** Ends with its host, as every task of the local ECS endpoint has to. */
const waiting =
  "const s = new (require('node:net').Socket)({ fd: 3 }); s.on('close', () => process.exit()); s.resume(); process.on('SIGTERM', () => process.exit());";

function replaceEnvironment(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** A call of a function URL (AWS Lambda Developer Guide, payload format 2.0): header names in lower case. */
export function urlEvent(
  request: Readonly<{ url?: string; method?: string; headers: object }>,
  body: Buffer,
) {
  const { pathname, search } = new URL(request.url ?? '/', 'https://function.example.com');
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: { host: 'function.example.com', ...request.headers },
    requestContext: {
      domainName: 'function.example.com',
      http: {
        method: request.method ?? 'GET',
        path: pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
      },
    },
    body: body.toString('base64'),
    isBase64Encoded: true,
  };
}

/** An event of an SQS event source with these messages. */
export function sqsEvent(...messages: readonly ReceivedMessage[]) {
  return {
    Records: messages.map(({ id, receipt, body, receives, attributes }) => ({
      messageId: id,
      receiptHandle: receipt,
      body,
      attributes: { ApproximateReceiveCount: String(receives) },
      messageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, stringValue]) => [
          name,
          { stringValue, stringListValues: [], binaryListValues: [], dataType: 'String' },
        ]),
      ),
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:queue',
      awsRegion: 'us-east-1',
    })),
  };
}

type Answer = Readonly<{ statusCode: number; body?: string }>;

async function listen(
  handle: (request: IncomingMessage, body: Buffer) => Promise<Answer>,
): Promise<Readonly<{ url: string; answers: number[]; close: () => Promise<void> }>> {
  const answers: number[] = [];
  const answer: typeof handle = (request, body) =>
    handle(request, body).catch(() => ({ statusCode: 502 }));
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answer(request, Buffer.concat(chunks)).then(({ statusCode, body = '' }) => {
        answers.push(statusCode);
        return response.writeHead(statusCode).end(body);
      });
    });
  });
  return { ...(await started(server)), answers };
}

/** Parameter Store as far as GetParameters goes. */
async function startParameterStore(parameters: ReadonlyMap<string, string>) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { Names }: { Names: string[] } = JSON.parse(Buffer.concat(chunks).toString());
      const known = Names.filter((name) => parameters.has(name));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(
        JSON.stringify({
          Parameters: known.map((Name) => ({ Name, Value: parameters.get(Name) })),
          InvalidParameters: Names.filter((name) => !parameters.has(name)),
        }),
      );
    });
  });
  return started(server);
}

async function started(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
