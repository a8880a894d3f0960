import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { createQueue, type Queue } from '../core/queue.ts';
import type { Broker } from './broker.ts';
import type { AppConfig } from './config.ts';
import { createMalformedMessages } from '../core/store/malformed.ts';
import { type Health, readHealth } from './health.ts';
import type { Handle } from './ingest.ts';
import type { Swept } from './sweep.ts';
import type { WebEnv } from './web/web-env.ts';
import {
  acceptDeps,
  wireBroker,
  wireBury,
  wireDispatch,
  wireIngest,
  wireSettle,
  wireSweep,
} from './wire-handlers.ts';
import { launcherPart, speakingParts } from './wire-parts.ts';
import { type WebHost, wireWeb } from './wire-web.ts';

/** Every handler of the App in one process, as the single-machine server calls them. */
export type App = Readonly<{
  ingest: Handle;
  dispatch: Handle;
  bury: Handle;
  sweep: () => Promise<Swept>;
  settle: (event: unknown) => Promise<void>;
  broker: Broker;
  /** Where the messages of the handlers come from. */
  queues: Readonly<Record<'ingest' | 'jobs', Pick<Queue, 'hide'>>>;
  log: Logger;
  health: (facts: Pick<Health, 'version' | 'engines' | 'sandbox'>) => Promise<Health>;
  /** Sign-in and JSON API as an HTTP application. */
  web: (host: WebHost) => Hono<WebEnv>;
}>;

type Options = Readonly<{
  config: AppConfig;
  log: Logger;
  now?: () => number;
  /** True where deliveries are read from GitHub in place of being received: none is asked for again there. */
  pollsDeliveries?: boolean;
}>;

/** Makes the handlers from the configuration. Opens no connection before the first call. */
export async function wireApp(options: Options): Promise<App> {
  const { config, log, now = Date.now, pollsDeliveries = false } = options;
  const around = { now, log };
  const parts = { ...around, ...speakingParts(config, around), ...launcherPart(config) };
  const queues = {
    ingest: createQueue({ aws: config.aws.SQS, url: config.ingestQueue }),
    jobs: createQueue({ aws: config.aws.SQS, url: config.jobsQueue }),
  };
  return {
    log,
    queues,
    ingest: await wireIngest(config, parts),
    dispatch: wireDispatch(config, parts),
    bury: wireBury(config, parts),
    sweep: wireSweep({ ...config, pollsDeliveries }, parts),
    settle: wireSettle(config, parts),
    broker: wireBroker(config, parts),
    health: ({ sandbox, ...facts }) =>
      readHealth({
        ...facts,
        sandbox: async () => sandbox,
        queues,
        malformed: createMalformedMessages(parts),
      }),
    web: (host) => wireWeb({ ...parts, config, accept: acceptDeps(config, parts) }, host),
  };
}
