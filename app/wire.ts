import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { createBucket } from '../core/bucket.ts';
import { createGithubApp } from '../core/github/app-client.ts';
import { createGithub, type GithubOptions } from '../core/github/octokit.ts';
import { createLauncher } from '../core/launcher.ts';
import { createQueue, type Queue } from '../core/queue.ts';
import { createPace } from '../core/github/pace.ts';
import { linksOf } from '../core/render/links.ts';
import { createJobStore } from '../core/store/job-store.ts';
import { createButtonStore } from '../core/store/buttons.ts';
import { createPacingStore, pacingLimits } from '../core/store/pacing.ts';
import { createModelPauses, modelKeyId } from '../core/store/model-pause.ts';
import { createFailedDeliveryStore } from '../core/store/failed-deliveries.ts';
import { createPromptsCheckStore } from '../core/store/prompts-checks.ts';
import { createPlanStore } from '../core/store/plans.ts';
import { createRequestStore } from '../core/store/request-store.ts';
import { createScheduleStore } from '../core/store/schedules.ts';
import { createTable } from '../core/store/table.ts';
import type { AcceptDeps } from './accept/accept-deps.ts';
import { createAccept } from './accept/probot-app.ts';
import { createBroker, type Broker } from './broker.ts';
import { createBury } from './bury.ts';
import { runChores } from './chores.ts';
import type { AppConfig } from './config.ts';
import { redeliver } from './deliveries/redeliver.ts';
import { createDispatch, type DispatchDeps } from './dispatch.ts';
import { type Health, readHealth } from './health.ts';
import { createIngest, type Handle } from './ingest.ts';
import { createInstallations } from './installations.ts';
import { createNotify } from './notify.ts';
import { createPromptsChecks } from './prompts-check/prompts-checks.ts';
import { createReport } from './report.ts';
import { runSchedules } from './schedules/run-schedules.ts';
import { settle } from './settle.ts';
import { stopStrayTasks } from './stray-tasks.ts';
import { type Swept, sweep } from './sweep.ts';
import { wake } from './wake.ts';
import type { WebEnv } from './web/web-env.ts';
import { type WebHost, wireWeb } from './wire-web.ts';

/** Every handler of the App, ready to be called by a Lambda or by the local server. */
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
  const { config, log } = options;
  const ports = wirePorts(options);
  const { jobs, requests, table, notify, now, launcher, installations } = ports;
  const { policy, times, appId } = config;
  const shared = { appId, jobs, requests, installations, notify, policy, times, now, log };
  const promptsChecks = createPromptsChecks({ ...shared, ...ports });
  const acceptDeps: AcceptDeps = {
    ...shared,
    ...ports,
    promptsChecks,
    serverUrl: config.githubServerUrl,
  };
  const scheduleDeps = { ...acceptDeps, app: ports.app, serverUrl: config.githubServerUrl };
  const pauses = createModelPauses({ table, now, keyId: modelKeyId(config.anthropicApiKey) });
  const dispatchDeps: DispatchDeps = { ...shared, launcher, pauses, random: Math.random };
  const recoverDeps = { ...shared, launcher, taskSize: config.taskSize };
  const redeliverDeps = { ...shared, github: ports.app.app(), deliveries: ports.deliveries };
  const report = createReport({
    ...shared,
    promptsChecks,
    plans: ports.plans,
    modelNote: config.modelNote,
    links: linksOf(config),
  });
  const accept = await createAccept({
    appId,
    privateKey: config.privateKey,
    secret: config.webhookSecrets[0] ?? '',
    baseUrl: config.githubApiUrl,
    deps: acceptDeps,
  });
  return {
    log,
    queues: { ingest: ports.ingest, jobs: ports.jobsQueue },
    ingest: createIngest({ accept, report, promptsChecks, wake: () => wake(dispatchDeps), log }),
    dispatch: createDispatch(dispatchDeps),
    bury: createBury({ ...shared, accept: acceptDeps }),
    sweep: async () => {
      const swept = await sweep({ ...recoverDeps, table });
      await runChores(log, [
        { name: 'tasks', run: () => stopStrayTasks(recoverDeps) },
        ...(options.pollsDeliveries
          ? []
          : [{ name: 'deliveries', run: () => redeliver(redeliverDeps) }]),
        { name: 'schedules', run: () => runSchedules(scheduleDeps) },
      ]);
      return swept;
    },
    settle: (event) => settle(recoverDeps, event),
    broker: createBroker({ ...shared, ...ports, anthropicApiKey: config.anthropicApiKey }),
    health: (facts) =>
      readHealth({ ...facts, queues: { ingest: ports.ingest, jobs: ports.jobsQueue } }),
    web: (host) => wireWeb({ ...ports, config, accept: acceptDeps, log }, host),
  };
}

function wirePorts({ config, log, now = Date.now }: Options) {
  const { aws } = config;
  const table = createTable({ aws: aws.DYNAMODB, name: config.table });
  const ingest = createQueue({ aws: aws.SQS, url: config.ingestQueue });
  const jobsQueue = createQueue({ aws: aws.SQS, url: config.jobsQueue });
  const githubOptions: GithubOptions = {
    baseUrl: config.githubApiUrl,
    log: githubLog(log),
    pacing: config.times.CODY_PACING_MS,
    timeoutMs: config.times.CODY_GITHUB_TIMEOUT_MS,
  };
  const app = createGithubApp({
    ...githubOptions,
    appId: config.appId,
    privateKey: config.privateKey,
  });
  const github = (token: string) => createGithub({ ...githubOptions, token });
  const limits = pacingLimits(config.policy, config.times);
  const pacing = createPacingStore({ table, now: Date.now, limits });
  // Less than a function may take: what has to wait longer goes back into its queue.
  const paceOf = (installationId: number) =>
    createPace({ pacing, installationId, patienceMs: 3_000 });
  return {
    app,
    github,
    table,
    ingest,
    jobsQueue,
    now,
    jobs: createJobStore({ table, now }),
    requests: createRequestStore({ table, now }),
    plans: createPlanStore({ table, now }),
    deliveries: createFailedDeliveryStore({ table, now }),
    schedules: createScheduleStore({ table, now }),
    buttons: createButtonStore({ table, now }),
    promptsCheckStore: createPromptsCheckStore({ table, now }),
    bucket: createBucket({ aws: aws.S3, name: config.bucket }),
    notify: createNotify({ ingest, jobsQueue, reportDelayMs: config.times.CODY_REPORT_DELAY_MS }),
    installations: createInstallations({
      app,
      github: (token, installationId) =>
        createGithub({ ...githubOptions, token, pace: paceOf(installationId), conditional: true }),
      now,
    }),
    launcher: createLauncher({
      aws: aws.ECS,
      cluster: config.cluster,
      taskDefinition: config.task,
      container: config.container,
      ...(config.network ? { network: config.network } : {}),
    }),
  };
}

/** Octokit's messages name URLs only; they go to the debug level. */
function githubLog(log: Logger): GithubOptions['log'] {
  const debug = (text: string) => log.debug({ text }, 'Octokit');
  return { debug, info: debug, warn: debug, error: debug };
}
