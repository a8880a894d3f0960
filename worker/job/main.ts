import { aboutJob } from '../../core/about.ts';
import { createBucket } from '../../core/bucket.ts';
import { logEnd } from '../../core/log-end.ts';
import { createLog } from '../../core/log.ts';
import { createOutbox } from '../../core/queue.ts';
import { createRedactor } from '../../core/redact.ts';
import { createCommandLog } from '../../core/store/command-log.ts';
import { createJobStore } from '../../core/store/job-store.ts';
import { createJournalStore } from '../../core/store/journal-store.ts';
import { createModelPauses, modelKeyId } from '../../core/store/model-pause.ts';
import { createPacingStore, pacingLimits } from '../../core/store/pacing.ts';
import { createRequestStore } from '../../core/store/request-store.ts';
import { createTable } from '../../core/store/table.ts';
import { createWarmCache } from '../../core/store/warm-cache.ts';
import { createBrokerClient } from '../broker-client.ts';
import { childEnv, readConfig, takeProcessEnv } from '../config.ts';
import { watchHost } from '../host-pipe.ts';
import { keepSecrets } from '../keep-secrets.ts';
import type { WorkerDeps } from './deps.ts';
import { exitCode, publisherEnd } from './exit-code.ts';
import { runJob } from './run-job.ts';
import type { Lease } from '../lease.ts';
import { createPublisher } from '../publisher/start-publisher.ts';
import { createTaskSigner } from '../task-signer.ts';

/**
 * The agent process. One task is one job attempt: take it, bring it to its end or back into the queue, and exit. The
 * supervisor starts it and watches it; an executor and a publisher are its children.
 */
const env = takeProcessEnv();
const config = readConfig(env);
const { redactor, secrets } = keepSecrets(createRedactor([]));
redactor.register(config.attemptKey);
const { logLevel: level, metrics } = config;
const { redact } = redactor;
const plain = createLog({ level, name: 'worker', redact, metrics });
const log = plain.child({ ...aboutJob(config.jobId), attempt: config.attempt });
const now = () => Date.now();
const table = createTable({ aws: config.aws.DYNAMODB, name: config.table });
const bucket = createBucket({ aws: config.aws.S3, name: config.bucket });

const deps: WorkerDeps = {
  config,
  jobs: createJobStore({ table, now, onEnd: (job) => logEnd(plain, job) }),
  requests: createRequestStore({ table, now }),
  journalOf: (job) => createJournalStore({ table, bucket }, job),
  commandLogOf: (job) => createCommandLog({ table, now }, job),
  warmCache: createWarmCache({ table, now }),
  pausesOf: (apiKey) =>
    createModelPauses({ table, now, keyId: config.modelAccount ?? modelKeyId(apiKey) }),
  pacing: createPacingStore({ table, now, limits: pacingLimits(config.policy, config.times) }),
  bucket,
  broker: createBrokerClient({
    url: config.brokerUrl,
    jobId: config.jobId,
    attempt: config.attempt,
    key: config.attemptKey,
    ...(config.brokerAuth === 'iam'
      ? { sign: createTaskSigner({ ...config, register: redactor.register }) }
      : {}),
  }),
  outbox: createOutbox({ aws: config.aws.SQS, url: config.jobsQueue }),
  redactor,
  secrets,
  publisher: createPublisher(childEnv(env)),
  now,
  random: Math.random,
  log,
};

let lease: Lease | undefined;
let stopping = false;
/** After SIGTERM a host waits for half a minute by default; what hangs then is left to the next attempt. */
const stopWithinMs = 18_000;

const stop = () => {
  if (!stopping) setTimeout(() => process.exit(1), stopWithinMs).unref();
  stopping = true;
  lease?.shutdown();
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
watchHost({ onStop: stop, onGone: () => process.exit(1) });

try {
  await runJob(deps, (held) => {
    lease = held;
    // Told while the job was being claimed: it goes back at once.
    if (stopping) held.shutdown();
  });
  process.exit(0);
} catch (error) {
  log.error({ err: error, ...publisherEnd(error) }, 'the worker failed');
  process.exit(exitCode(error));
}
