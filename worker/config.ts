import { z } from 'zod';
import { awsTargets, type Env, readEnv, readPolicy, sharedNames, timesOf } from '../core/config.ts';

const WorkerEnv = z.object({
  ...sharedNames,
  ANTHROPIC_BASE_URL: z.url().default('https://api.anthropic.com'),
  CODY_JOB_ID: z.string().min(1),
  CODY_ATTEMPT: z.coerce.number().int().positive(),
  CODY_ATTEMPT_KEY: z.string().min(32),
  CODY_BROKER_URL: z.url(),
  CODY_DATA_DIR: z.string().min(1).default('/tmp/cody'),
});

/** What a worker is configured with. */
export type WorkerConfig = ReturnType<typeof readConfig>;

/** Reads the configuration from an environment. Throws ConfigError with all problems at once. */
export function readConfig(env: Env) {
  const read = readEnv(WorkerEnv, env);
  return {
    jobId: read.CODY_JOB_ID,
    attempt: read.CODY_ATTEMPT,
    attemptKey: read.CODY_ATTEMPT_KEY,
    brokerUrl: read.CODY_BROKER_URL,
    dataDir: read.CODY_DATA_DIR,
    anthropicBaseUrl: read.ANTHROPIC_BASE_URL,
    githubApiUrl: read.GITHUB_API_URL,
    githubServerUrl: read.GITHUB_SERVER_URL,
    publicUrl: read.CODY_PUBLIC_URL,
    modelNote: read.CODY_MODEL_NOTE,
    logLevel: read.LOG_LEVEL,
    aws: awsTargets(read),
    table: read.CODY_TABLE,
    bucket: read.CODY_BUCKET,
    ingestQueue: read.CODY_QUEUE_INGEST,
    policy: readPolicy(read.CODY_POLICY),
    times: timesOf(read),
  };
}

/** The environment of this process. */
export function processEnv(): Env {
  return process.env;
}
