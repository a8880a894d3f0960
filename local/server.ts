import { getConnInfo } from '@hono/node-server/conninfo';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { type AppConfig, readConfig as readAppConfig } from '../app/config.ts';
import { createReceive } from '../app/receive.ts';
import { createSendWebhook } from '../app/send-webhook.ts';
import { type App, wireApp } from '../app/wire.ts';
import type { Job } from '../core/job.ts';
import { createGithubApp } from '../core/github/app-client.ts';
import type { ProcessSpec } from '../core/process.ts';
import { createQueue, type QueuePair } from '../core/queue.ts';
import type { Request } from '../core/request.ts';
import { createJobStore } from '../core/store/job-store.ts';
import { createRequestStore } from '../core/store/request-store.ts';
import { createTable } from '../core/store/table.ts';
import { detectSandbox } from '../worker/executor/sandbox.ts';
import { removeFolders } from '../worker/job/folders.ts';
import type { LocalConfig } from './config.ts';
import { startDeliveryPoller } from './delivery-poller.ts';
import { createExpireItems } from './expire-items.ts';
import { type Ecs, startEcs } from './engines/ecs.ts';
import { type Engines, startEngines } from './engines/engines.ts';
import { type Front, startFront } from './front.ts';
import { startPoller } from './poller.ts';
import { readConfigs } from './read-configs.ts';
import { startTimer } from './timer.ts';
import { openWorkFolder, usualWorkFolder } from './work-folder.ts';

type Env = Readonly<Record<string, string>>;

/** The whole product on this machine. `close` returns when every process and server of it is gone. */
export type Server = Readonly<{
  /** The HTTP front: webhooks, broker, health. */
  url: string;
  health: () => Promise<unknown>;
  /** A request with its jobs as the table has them. */
  request: (id: string) => Promise<{ request: Request; jobs: readonly Job[] } | undefined>;
  close: () => Promise<void>;
}>;

const cluster = 'local';
const taskDefinition = 'cody-worker';

/**
 * Starts engines, ECS endpoint, App, HTTP front, pollers and timer with the settings of an environment, and goes on
 * with what an earlier run left. Throws ConfigError with all problems at once, before anything is started.
 */
export async function startServer(options: { env: Env; log: Logger }): Promise<Server> {
  const { env, log } = options;
  const local = readConfigs(env);
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) {
      // The rest has to go all the same.
      await closer().catch((error: unknown) => log.error({ err: error }, 'Closing a part failed'));
    }
  };
  try {
    const engines = await startEngines({ config: local, log });
    closers.push(engines.close);
    await removeLeftovers(local, log);
    const parts = await startParts({ env, local, engines, log, closers });
    return { ...parts, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Workers end with their host, and one that was killed leaves its folder behind. */
async function removeLeftovers({ dataDir }: LocalConfig, log: Logger): Promise<void> {
  try {
    await removeFolders({ root: usualWorkFolder(dataDir) });
  } catch (error) {
    log.warn({ err: error }, 'Folders of an earlier run could not be removed');
  }
}

type Parts = Readonly<{
  env: Env;
  local: LocalConfig;
  engines: Engines;
  log: Logger;
  closers: (() => Promise<void>)[];
}>;

async function startParts({ env, local, engines, log, closers }: Parts) {
  // Workers and their ends come after both are there, but have to be told of them before.
  const running: { app?: App; front?: Front; work?: string } = {};
  const ecs = await startEcs({
    cluster,
    taskDefinitions: {
      [taskDefinition]: ({ environment }) =>
        workerSpec({ env, local, engines, ...running, environment }),
    },
    logsDir: join(local.dataDir, 'logs'),
    onTaskStopped: async (event) => running.app?.settle(event),
    log,
  });
  // The front goes last: a worker that is told to stop may be asking the broker.
  closers.push(async () => {
    await ecs.close();
    await running.front?.close();
  });
  const config = readAppConfig({ ...env, ...engines.env, ...ecsEnv(ecs) });
  const app = await wireApp({ config, log, pollsDeliveries: local.pollDeliveriesMs > 0 });
  running.app = app;
  const facts = await healthFacts(config, engines);
  const work = await openWorkFolder(local.dataDir, facts.sandbox);
  // After the workers.
  closers.unshift(work.close);
  running.work = work.path;
  const health = () => app.health(facts);
  const web = app.web({
    health,
    streams: true,
    peer: (context) => getConnInfo(context).remote.address,
    proxies: local.proxies,
  });
  const front = await startFront({
    host: local.host,
    port: local.port,
    handlers: {
      receive: createReceive({
        secrets: config.webhookSecrets,
        send: sendWebhook(engines),
        log: (line) => log.info(line, 'Webhook'),
      }),
      broker: async (body) => {
        const { status, answer } = await app.broker(body);
        return { status, body: answer };
      },
      health,
      web: (request, connection) => web.fetch(request, connection),
    },
  });
  running.front = front;
  await settleLeftovers(app, config);
  closers.push(startLoops({ config, local, engines, app, log }));
  return { url: front.url, health, request: (id: string) => readRequest(config, id) };
}

function ecsEnv(ecs: Ecs): Env {
  return {
    AWS_ENDPOINT_URL_ECS: ecs.endpoint,
    CODY_CLUSTER: cluster,
    CODY_TASK: taskDefinition,
  };
}

type WorkerFacts = Readonly<{
  env: Env;
  local: LocalConfig;
  engines: Engines;
  front?: Front;
  work?: string;
  environment: Env;
}>;

/** A worker gets ids, addresses and waiting times, and no secret but the key of its attempt. */
function workerSpec({ env, local, engines, front, work, environment }: WorkerFacts): ProcessSpec {
  const passed = Object.entries(env).filter(
    ([name]) =>
      /^CODY_[A-Z_]+_MS$/.test(name) ||
      ['GITHUB_API_URL', 'GITHUB_SERVER_URL', 'ANTHROPIC_BASE_URL', 'LOG_LEVEL'].includes(name) ||
      ['CODY_POLICY', 'CODY_MODEL_NOTE', 'CODY_PUBLIC_URL'].includes(name) ||
      // A GitHub server may have a certificate of its own authority.
      name === 'NODE_EXTRA_CA_CERTS',
  );
  return {
    command: '/bin/sh',
    // A small young generation keeps a run of a thousand turns far below 300 MB.
    args: [fileOf('start.sh'), process.execPath, '--max-semi-space-size=8', fileOf('main.ts')],
    env: {
      ...Object.fromEntries(passed),
      ...engines.env,
      ...environment,
      // Every worker loads the same modules: from the second on they are there without their types, and compiled.
      NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] ?? join(local.dataDir, 'compiled'),
      PATH: local.path,
      // The machine's memory is not one worker's alone.
      CODY_RUN_MEMORY_MB: '2048',
      CODY_BROKER_URL: `${front?.url ?? ''}/broker`,
      CODY_DATA_DIR: work ?? usualWorkFolder(local.dataDir),
    },
  };
}

const fileOf = (name: string) => fileURLToPath(new URL(`../worker/${name}`, import.meta.url));

function sendWebhook(engines: Engines) {
  return createSendWebhook({
    queueUrl: engines.ingest.url,
    region: 'us-east-1',
    endpoint: engines.env['AWS_ENDPOINT_URL_SQS'],
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
  });
}

type Loops = Readonly<{
  config: AppConfig;
  local: LocalConfig;
  engines: Engines;
  app: App;
  log: Logger;
}>;

/** What event sources and the schedule do on AWS. Returns the function that ends them all. */
function startLoops({ config, local, engines, app, log }: Loops): () => Promise<void> {
  const queue = (url: string) => createQueue({ aws: config.aws.SQS, url });
  const poll = (url: string, handle: App['ingest'], concurrency: number) =>
    startPoller({ queue: queue(url), handle, concurrency, visibilitySeconds: 120, log });
  const deadLetters = (pair: QueuePair) => poll(pair.deadLetterUrl, app.bury, 1);
  const loops = [
    poll(engines.ingest.url, app.ingest, 4),
    poll(engines.jobs.url, app.dispatch, 2),
    deadLetters(engines.ingest),
    deadLetters(engines.jobs),
    startTimer({ everyMs: config.times.CODY_SWEEP_MS, tick: app.sweep, log }),
    startTimer({ everyMs: config.times.CODY_SWEEP_MS, tick: expireItems(config), log }),
    ...(local.pollDeliveriesMs > 0 ? [pollDeliveries({ config, local, engines, app, log })] : []),
  ];
  // The jobs queue starts empty: what waits in the table is offered again.
  void queue(engines.ingest.url)
    .send({ type: 'wake' })
    .catch((error: unknown) => log.warn({ err: error }, 'The first wake was not sent'));
  return async () => {
    await Promise.all(loops.map((loop) => loop.close()));
  };
}

function expireItems(config: AppConfig): () => Promise<unknown> {
  return createExpireItems({ aws: config.aws.DYNAMODB, name: config.table, now: Date.now });
}

const silent = () => undefined;

function pollDeliveries({ config, local, engines, log }: Loops) {
  return startDeliveryPoller({
    github: createGithubApp({
      appId: config.appId,
      privateKey: config.privateKey,
      baseUrl: config.githubApiUrl,
      log: { debug: silent, info: silent, warn: silent, error: silent },
    }).app(),
    watermarkFile: join(local.dataDir, 'deliveries.watermark'),
    send: sendWebhook(engines),
    everyMs: local.pollDeliveriesMs,
    log,
  });
}

/**
 * Workers end with their host, so that a job that was active when this server last ended has no worker now. Its task
 * is reported as stopped, as ECS would have done; nobody has to wait for the lease.
 */
async function settleLeftovers(app: App, config: AppConfig): Promise<void> {
  const table = createTable({ aws: config.aws.DYNAMODB, name: config.table });
  const jobs = await createJobStore({ table, now: Date.now }).active(1000);
  for (const job of jobs) {
    await app.settle({
      id: randomUUID(),
      detail: {
        taskArn: job.task_arn ?? '',
        lastStatus: 'STOPPED',
        // Its host was taken away from it: that uses up none of its attempts.
        stopCode: 'TerminationNotice',
        stoppedReason: 'The server was restarted',
        overrides: {
          containerOverrides: [
            {
              environment: [
                { name: 'CODY_JOB_ID', value: job.id },
                { name: 'CODY_ATTEMPT', value: String(job.attempt) },
              ],
            },
          ],
        },
      },
    });
  }
}

async function healthFacts({ policy }: AppConfig, engines: Engines) {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { kind, shell, setup, reason } = await detectSandbox(policy);
  const address = (name: string) => engines.env[`AWS_ENDPOINT_URL_${name}`] ?? '';
  return {
    version: /"version": "([^"]+)"/.exec(manifest)?.[1] ?? 'unknown',
    engines: { dynamodb: address('DYNAMODB'), sqs: address('SQS'), s3: address('S3') },
    sandbox: { kind, shell, setup, reason },
  };
}

async function readRequest(config: AppConfig, id: string) {
  const table = createTable({ aws: config.aws.DYNAMODB, name: config.table });
  const request = await createRequestStore({ table, now: Date.now }).get(id);
  if (!request) return undefined;
  return { request, jobs: await createJobStore({ table, now: Date.now }).ofRequest(id) };
}
