import type { Logger } from 'pino';
import { linksOf } from '../core/render/links.ts';
import { createMalformedMessages } from '../core/store/malformed.ts';
import { createModelPauses } from '../core/store/model-pause.ts';
import type { AcceptDeps } from './accept/accept-deps.ts';
import { closeOpenChecks } from './accept/event/close-check.ts';
import { createAccept } from './accept/probot-app.ts';
import { createBroker, type Broker } from './broker.ts';
import { createBury } from './bury.ts';
import { type Chore, createChores } from './chores.ts';
import type { AppConfig } from './config.ts';
import { redeliver } from './deliveries/redeliver.ts';
import { createDispatch, type DispatchDeps } from './dispatch.ts';
import { createIngest, type Handle } from './ingest.ts';
import { createPromptsChecks, type PromptsChecks } from './prompts-check/prompts-checks.ts';
import type { RecoverDeps } from './recover-job.ts';
import { createReport } from './report.ts';
import { runSchedules } from './schedules/run-schedules.ts';
import { settle } from './settle.ts';
import { stopStrayTasks } from './stray-tasks.ts';
import { type Swept, sweep } from './sweep.ts';
import { wake } from './wake.ts';
import type {
  bucketPart,
  githubParts,
  launcherPart,
  queueParts,
  storeParts,
  taskWatchPart,
} from './wire-parts.ts';

/*
 * Each handler out of the parts that it needs. Whoever wires one of them alone loads nothing of the others.
 */

type Around = Readonly<{ now: () => number; log: Logger }>;
type Stores = ReturnType<typeof storeParts>;
type Queues = ReturnType<typeof queueParts>;
type OnGithub = ReturnType<typeof githubParts>;
type Objects = ReturnType<typeof bucketPart>;
type Launching = ReturnType<typeof launcherPart>;
type Watching = ReturnType<typeof taskWatchPart>;

type AcceptParts = Around & Stores & Queues & OnGithub & Objects;
type AcceptConfig = Pick<AppConfig, 'appId' | 'policy' | 'times' | 'githubServerUrl'>;

/** What taking up a request needs, from wherever it came. */
export function acceptDeps(
  config: AcceptConfig,
  parts: AcceptParts,
): AcceptDeps & Readonly<{ promptsChecks: PromptsChecks }> {
  const { appId, policy } = config;
  const shared = { ...parts, appId, policy, times: config.times };
  const promptsChecks = createPromptsChecks(shared);
  return { ...shared, promptsChecks, serverUrl: config.githubServerUrl };
}

type DispatchConfig = Pick<AppConfig, 'policy' | 'times' | 'modelAccount'>;
type DispatchParts = Around & Pick<Stores, 'table' | 'jobs'> & Pick<Queues, 'notify'> & Launching;

/** What starting workers needs. */
export function dispatchDeps(config: DispatchConfig, parts: DispatchParts): DispatchDeps {
  const { table, now } = parts;
  const pauses = createModelPauses({ table, now, keyId: config.modelAccount });
  const malformed = createMalformedMessages(parts);
  const { policy, times } = config;
  return { ...parts, policy, times, pauses, malformed, random: Math.random };
}

type IngestConfig = AcceptConfig &
  DispatchConfig &
  Pick<AppConfig, 'privateKey' | 'githubApiUrl' | 'modelNote' | 'publicUrl'>;

/** The handler of the ingest queue. */
export async function wireIngest(
  config: IngestConfig,
  parts: AcceptParts & Launching,
): Promise<Handle> {
  const { appId, times } = config;
  const deps = acceptDeps(config, parts);
  const { promptsChecks } = deps;
  const starting = dispatchDeps(config, parts);
  const accept = await createAccept({
    appId,
    privateKey: config.privateKey,
    baseUrl: config.githubApiUrl,
    deps,
  });
  const links = linksOf(config);
  const { modelNote } = config;
  const { malformed, random } = starting;
  const report = createReport({ ...parts, appId, times, promptsChecks, modelNote, links, random });
  const { log } = parts;
  const starts = () => wake(starting);
  return createIngest({ accept, report, promptsChecks, malformed, wake: starts, log });
}

/** The handler of the jobs queue. */
export function wireDispatch(config: DispatchConfig, parts: DispatchParts): Handle {
  return createDispatch(dispatchDeps(config, parts));
}

/** The handler of the dead letters of both. */
export function wireBury(config: AcceptConfig, parts: AcceptParts): Handle {
  return createBury({ ...parts, times: config.times, accept: acceptDeps(config, parts) });
}

type RecoverConfig = Pick<AppConfig, 'times' | 'taskSize'>;
type RecoverParts = Around & Pick<Stores, 'jobs'> & Pick<Queues, 'notify'> & Watching;

function recoverDeps(config: RecoverConfig, parts: RecoverParts): RecoverDeps {
  return { ...parts, times: config.times, taskSize: config.taskSize, random: Math.random };
}

/** A tick may take so long, however short the time is between two of them. */
const leastTickMs = 15_000;

/** What runs every minute. Where deliveries are polled, none is asked for again. */
export function wireSweep(
  config: AcceptConfig & RecoverConfig & Readonly<{ pollsDeliveries?: boolean }>,
  parts: AcceptParts & Watching,
): () => Promise<Swept> {
  const { table, app } = parts;
  const recovering = recoverDeps(config, parts);
  const accepting = acceptDeps(config, parts);
  const scheduling = { ...accepting, app };
  const redelivering = { ...parts, times: config.times, github: app.app() };
  const failed: Chore = {
    name: 'deliveries',
    run: (signal) => redeliver(redelivering, signal),
  };
  const chores: readonly Chore[] = [
    ...(config.pollsDeliveries ? [] : [failed]),
    { name: 'schedules', run: (signal) => runSchedules(scheduling, signal) },
    { name: 'tasks', run: (signal) => stopStrayTasks(recovering, signal) },
    { name: 'checks', run: (signal) => closeOpenChecks(accepting, signal) },
    { name: 'buttons', run: (signal) => accepting.promptsChecks.resend(signal) },
  ];
  const runChores = createChores(parts.log);
  const tickMs = Math.max(leastTickMs, config.times.CODY_SWEEP_MS * 0.75);
  return async () => {
    const ends = performance.now() + tickMs;
    const swept = await sweep({ ...recovering, table }, AbortSignal.timeout(tickMs / 2));
    await runChores(chores, ends - performance.now());
    return swept;
  };
}

/** The handler of stopped tasks. */
export function wireSettle(
  config: RecoverConfig,
  parts: RecoverParts,
): (event: unknown) => Promise<void> {
  const recovering = recoverDeps(config, parts);
  return (event) => settle(recovering, event);
}

/** The one that hands secrets to workers. */
export function wireBroker(
  config: Pick<AppConfig, 'anthropicApiKey'>,
  parts: Around & Pick<Stores, 'table' | 'jobs' | 'requests' | 'logins'> & OnGithub,
): Broker {
  return createBroker({ ...parts, anthropicApiKey: config.anthropicApiKey });
}
