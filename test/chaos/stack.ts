import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { type Bucket, createBucket } from '../../core/bucket.ts';
import { createQueue, type Queue } from '../../core/queue.ts';
import { createTable, type Table } from '../../core/store/table.ts';
import { type Engines, localNames, startEngines } from '../../local/engines/engines.ts';
import { readConfig as readLocalConfig } from '../../local/config.ts';
import { startLoopbackServer } from '../../local/engines/loopback-server.ts';
import type { TaskStoppedEvent } from '../../local/engines/task-stopped-event.ts';
import { childEnv } from '../support/child-env.ts';
import { type AppProcess, createAppProcess, Crashed } from './app-process.ts';
import type { Answer, CallRequest } from './call.ts';
import { type EventSources, startEventSources } from './event-sources.ts';
import { bodyOf } from './forward.ts';
import { createGate, type Gate } from './gate.ts';
import { startSurroundings, type Surroundings } from './surroundings.ts';
import { slowness } from './slowness.ts';
import { timesHere } from './times-here.ts';
import { clusterEnv, startWorkers, type Workers } from './workers.ts';

type Env = Readonly<Record<string, string>>;

/** One product with its own engines and stand-ins, for many cases one after the other. */
export type Stack = Readonly<{
  dataDir: string;
  gate: Gate;
  github: Surroundings['github'];
  model: Surroundings['model'];
  bot: string;
  app: AppProcess;
  workers: Pick<Workers, 'running' | 'endedAt'>;
  /** Past the gate: what the judge reads. */
  table: Table;
  bucket: Bucket;
  queues: Readonly<Record<'ingest' | 'jobs' | 'ingestDead' | 'jobsDead', Queue>>;
  /** Engines by the names of the environment. */
  engines: Env;
  /** Whether the ends of tasks are told to the App; a case may switch it off. */
  events: { taskStopped: boolean };
  /** For how long a message that a handler has is hidden from others. */
  visibilityMs: number;
  /** Handlers, messages and workers that are under way. */
  busy: () => number;
  log: Logger;
  close: () => Promise<void>;
}>;

export type StackOptions = Readonly<{
  /** Other waiting times, or more of the environment of App and workers. */
  env?: Env;
  /** Lines of the operator's policy (YAML). */
  policy?: string;
}>;

const policy = 'reviewer: false\nconcurrency:\n  global: 3\n';

/** Starts everything but the App's first process, which its first call starts. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'cody-chaos-'));
  const log = pino({ level: 'info' }, pino.destination({ dest: join(dataDir, 'stack.log') }));
  const policyFile = join(dataDir, 'policy.yml');
  await writeFile(policyFile, options.policy ?? policy);
  const config = readLocalConfig({ CODY_DATA_DIR: join(dataDir, 'engines') });
  const engines = await startEngines({ config, log });
  const surroundings = await startSurroundings({ dataDir, log });
  const late: { gate?: Gate; app?: AppProcess } = {};
  const events = { taskStopped: true };
  const workers = await startWorkers({
    gate: () => need(late.gate),
    dataDir,
    env: (door) => ({ ...shared, ...addresses(door) }),
    onStopped: async (event) => {
      if (events.taskStopped) await tellStopped(need(late.app), event);
    },
    log,
  });
  const gate = createGate({
    dynamodb: engines.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
    sqs: engines.env['AWS_ENDPOINT_URL_SQS'] ?? '',
    s3: engines.env['AWS_ENDPOINT_URL_S3'] ?? '',
    ecs: workers.upstream,
    github: surroundings.github.url,
    git: surroundings.github.url,
    anthropic: surroundings.model.url,
    broker: (request) => askBroker(need(late.app), request),
  });
  late.gate = gate;
  // Links and git addresses are the same for all processes, as they are in production.
  const web = await gate.open({ from: 'worker', attempt: 0, signal: () => undefined });
  const shared: Env = {
    ...childEnv,
    ...timesHere(),
    ...names(engines),
    ...options.env,
    CODY_POLICY: policyFile,
    GITHUB_SERVER_URL: web.url,
  };
  const app = createAppProcess({
    gate,
    logFile: join(dataDir, 'app.log'),
    env: (door) => ({
      ...shared,
      ...addresses(door),
      ...surroundings.env,
      ...clusterEnv,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    }),
  });
  late.app = app;
  // Longer than any handler takes, unless somebody keeps it waiting.
  const visibilitySeconds = Math.ceil(6 * slowness());
  const sources = await startSources({ gate, app, engines, shared, visibilitySeconds, log });
  const front = await startFront(app);
  surroundings.github.setWebhookUrl(`${front.endpoint}/api/github/webhooks`);
  return {
    dataDir,
    gate,
    app,
    workers,
    events,
    log,
    ...surroundings,
    ...direct(engines),
    engines: engines.env,
    visibilityMs: visibilitySeconds * 1_000,
    busy: () => app.busy() + sources.busy() + workers.running(),
    close: async () => {
      surroundings.github.setWebhookUrl(undefined);
      gate.install(undefined);
      await sources.close();
      await workers.close();
      await app.close();
      await front.close();
      await gate.close();
      await surroundings.close();
      await engines.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function need<T>(late: T | undefined): T {
  if (late === undefined) throw new Error('The stack is not complete yet');
  return late;
}

function names({ env }: Engines): Env {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('AWS_ENDPOINT')),
  );
}

/** One door for all services: the gate tells them apart. */
function addresses(door: string): Env {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: door,
    AWS_ENDPOINT_URL_SQS: door,
    AWS_ENDPOINT_URL_S3: door,
    AWS_ENDPOINT_URL_ECS: door,
    GITHUB_API_URL: door,
    ANTHROPIC_BASE_URL: door,
  };
}

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

function direct({ env, ingest, jobs }: Engines) {
  const target = (name: string) => ({
    region: 'us-east-1',
    endpoint: env[`AWS_ENDPOINT_URL_${name}`] ?? '',
    credentials,
  });
  const queue = (url: string) => createQueue({ aws: target('SQS'), url });
  return {
    table: createTable({ aws: target('DYNAMODB'), name: localNames.table }),
    bucket: createBucket({ aws: target('S3'), name: localNames.bucket }),
    queues: {
      ingest: queue(ingest.url),
      jobs: queue(jobs.url),
      ingestDead: queue(ingest.deadLetterUrl),
      jobsDead: queue(jobs.deadLetterUrl),
    },
  };
}

type Sourced = Readonly<{
  gate: Gate;
  app: AppProcess;
  engines: Engines;
  shared: Env;
  visibilitySeconds: number;
  log: Logger;
}>;

/** What polls for the functions is AWS, and not the App: it has a door of its own. */
async function startSources(sourced: Sourced): Promise<EventSources> {
  const { gate, app, engines, shared, visibilitySeconds, log } = sourced;
  const door = await gate.open({ from: 'app', attempt: 0, signal: () => undefined });
  const aws = { region: 'us-east-1', endpoint: door.url, credentials };
  const source = (url: string, name: 'ingest' | 'dispatch' | 'bury', concurrency: number) => ({
    queue: createQueue({ aws, url }),
    name,
    concurrency,
  });
  return startEventSources({
    app,
    queues: [
      source(engines.ingest.url, 'ingest', 2),
      source(engines.jobs.url, 'dispatch', 1),
      source(engines.ingest.deadLetterUrl, 'bury', 1),
      source(engines.jobs.deadLetterUrl, 'bury', 1),
    ],
    visibilitySeconds,
    sweepMs: Number(shared['CODY_SWEEP_MS']),
    failed: (error) => log.info({ err: error }, 'a function failed'),
  });
}

/** EventBridge calls a function again when it failed, twice at the most. */
async function tellStopped(app: AppProcess, event: TaskStoppedEvent): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await app.invoke('settle', event);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** The function URL of the broker. */
async function askBroker(app: AppProcess, request: CallRequest): Promise<Answer> {
  try {
    const body = request.body.toString('utf8');
    return urlAnswer(await app.invoke('broker', { body, isBase64Encoded: false }));
  } catch (error) {
    return badGateway(error);
  }
}

/** The function URL that GitHub calls. */
function startFront(app: AppProcess) {
  return startLoopbackServer((request, response) => {
    const deliver = async (): Promise<Answer> => {
      const body = (await bodyOf(request)).toString('base64');
      return urlAnswer(
        await app.invoke('receive', { headers: request.headers, body, isBase64Encoded: true }),
      );
    };
    deliver()
      .catch(badGateway)
      .then(({ status, body }) => response.writeHead(status).end(body))
      .catch(() => response.destroy());
  });
}

function badGateway(error: unknown): Answer {
  return { status: error instanceof Crashed ? 502 : 500, headers: {}, body: Buffer.from('') };
}

function urlAnswer(answer: unknown): Answer {
  const { statusCode, headers, body } = answer as {
    statusCode: number;
    headers?: Record<string, string>;
    body?: string;
  };
  return { status: statusCode, headers: headers ?? {}, body: Buffer.from(body ?? '') };
}
