import type { Logger } from 'pino';
import { createBucket } from '../core/bucket.ts';
import { createGithubApp } from '../core/github/app-client.ts';
import { createGithub, type GithubOptions } from '../core/github/octokit.ts';
import { createPace } from '../core/github/pace.ts';
import { logEnd } from '../core/log-end.ts';
import { createRecentSecrets } from '../core/recent-secrets.ts';
import { createLauncher, createTaskWatch } from '../core/launcher.ts';
import { createOutbox } from '../core/queue.ts';
import { createButtonStore } from '../core/store/buttons.ts';
import { createFailedDeliveryStore } from '../core/store/failed-deliveries.ts';
import { createOpenCheckStore } from '../core/store/open-checks.ts';
import { createJobStore } from '../core/store/job-store.ts';
import { createLoginPins } from '../core/store/login-pins.ts';
import { createPacingStore, pacingLimits } from '../core/store/pacing.ts';
import { createPlanStore } from '../core/store/plans.ts';
import { createPromptsCheckStore } from '../core/store/prompts-checks.ts';
import type { OnUnreadable } from '../core/store/read-due.ts';
import { createRequestStore } from '../core/store/request-store.ts';
import { createScheduleStore } from '../core/store/schedules.ts';
import { createTable, type Table } from '../core/store/table.ts';
import { createBotIdentity } from './bot-identity.ts';
import type { AppConfig } from './config.ts';
import { createInstallations } from './installations.ts';
import { createNotify } from './notify.ts';

/*
 * What handlers stand on, in parts: each takes the part of the configuration that it needs, so that a function can be
 * wired with nothing that it does not use. None opens a connection before the first call.
 */

type Clock = Readonly<{ now: () => number }>;

/** The table and what is kept in it. */
export function storeParts(
  config: Pick<AppConfig, 'aws' | 'table'>,
  { now, log }: Clock & Readonly<{ log: Logger }>,
) {
  const table = createTable({ aws: config.aws.DYNAMODB, name: config.table });
  const onUnreadable: OnUnreadable = (found) =>
    log.error({ ...found, page: true }, 'Due items cannot be read');
  const due = { table, now, onUnreadable };
  return {
    table,
    jobs: createJobStore({
      table,
      now,
      grants: true,
      onEnd: (job) => logEnd(log, job),
      onForeign: (found) => log.error(found, 'A job is not its own'),
    }),
    requests: createRequestStore({ table, now }),
    logins: createLoginPins({ table }),
    plans: createPlanStore({ table, now }),
    deliveries: createFailedDeliveryStore(due),
    schedules: createScheduleStore(due),
    buttons: createButtonStore({ table, now }),
    openChecks: createOpenCheckStore(due),
    promptsCheckStore: createPromptsCheckStore(due),
  };
}

/** Both queues as their senders see them. */
export function queueParts(config: Pick<AppConfig, 'aws' | 'ingestQueue' | 'jobsQueue' | 'times'>) {
  const ingest = createOutbox({ aws: config.aws.SQS, url: config.ingestQueue });
  const jobsQueue = createOutbox({ aws: config.aws.SQS, url: config.jobsQueue });
  const reportDelayMs = config.times.CODY_REPORT_DELAY_MS;
  return { ingest, jobsQueue, notify: createNotify({ ingest, jobsQueue, reportDelayMs }) };
}

/** Objects under names made of their content. */
export function bucketPart(config: Pick<AppConfig, 'aws' | 'bucket'>) {
  return { bucket: createBucket({ aws: config.aws.S3, name: config.bucket }) };
}

type GithubConfig = Pick<
  AppConfig,
  'appId' | 'privateKey' | 'githubApiUrl' | 'times' | 'policy' | 'secrets'
>;

/** GitHub as the App, as an installation at its pace, and with any other token. */
export function githubParts(
  config: GithubConfig,
  { table, log, now }: Clock & Readonly<{ table: Table; log: Logger }>,
) {
  const secrets = createRecentSecrets({ values: config.secrets, now });
  const options: GithubOptions = {
    redact: secrets.redact,
    baseUrl: config.githubApiUrl,
    log: githubLog(log),
    pacing: config.times.CODY_PACING_MS,
    timeoutMs: config.times.CODY_GITHUB_TIMEOUT_MS,
  };
  const app = createGithubApp({ ...options, appId: config.appId, privateKey: config.privateKey });
  const limits = pacingLimits(config.policy, config.times);
  const pacing = createPacingStore({ table, now: Date.now, limits });
  // Less than a function may take: what has to wait longer goes back into its queue.
  const paceOf = (installationId: number) =>
    createPace({ pacing, installationId, patienceMs: 3_000 });
  return {
    app,
    bot: createBotIdentity(app.app()),
    github: (token: string) => {
      secrets.remember(token);
      return createGithub({ ...options, token });
    },
    installations: createInstallations({
      app,
      github: (token, installationId) => {
        secrets.remember(token);
        const pace = paceOf(installationId);
        return createGithub({ ...options, token, pace, conditional: true });
      },
      now,
      log,
    }),
  };
}

type SpeakingConfig = GithubConfig &
  Pick<AppConfig, 'table' | 'bucket'> &
  Parameters<typeof queueParts>[0];

/** What every function needs that speaks on GitHub: stores, queues, objects, and GitHub itself. */
export function speakingParts(config: SpeakingConfig, around: Clock & Readonly<{ log: Logger }>) {
  const stores = storeParts(config, around);
  return {
    ...stores,
    ...queueParts(config),
    ...bucketPart(config),
    ...githubParts(config, { ...around, table: stores.table }),
  };
}

type TaskConfig = Pick<AppConfig, 'aws' | 'cluster' | 'task' | 'container' | 'network'>;

/** Everything about tasks. */
export function launcherPart(config: TaskConfig) {
  return {
    launcher: createLauncher({
      ...taskPlace(config),
      container: config.container,
      ...(config.network ? { network: config.network } : {}),
    }),
  };
}

/** Looking at tasks and stopping them; starting none. */
export function taskWatchPart(config: Pick<AppConfig, 'aws' | 'cluster' | 'task'>) {
  return { launcher: createTaskWatch(taskPlace(config)) };
}

function taskPlace({ aws, cluster, task }: Pick<AppConfig, 'aws' | 'cluster' | 'task'>) {
  return { aws: aws.ECS, cluster, taskDefinition: task };
}

/** Octokit's messages name URLs only; they go to the debug level. */
function githubLog(log: Logger): GithubOptions['log'] {
  const debug = (text: string) => log.debug({ text }, 'Octokit');
  return { debug, info: debug, warn: debug, error: debug };
}
