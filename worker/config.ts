import { closeSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import {
  baseConfig,
  baseNames,
  type Env,
  readEnv,
  sharedConfig,
  sharedNames,
} from '../core/config.ts';
import type { Policy } from '../core/policy.ts';

const WorkerEnv = z.object({
  ...sharedNames,
  ANTHROPIC_BASE_URL: z.url().default('https://api.anthropic.com'),
  CODY_QUEUE_JOBS: z.url(),
  CODY_JOB_ID: z.string().min(1),
  CODY_ATTEMPT: z.coerce.number().int().positive(),
  CODY_ATTEMPT_KEY: z.string().min(32),
  CODY_BROKER_URL: z.url(),
  /** On AWS the broker's address asks for the identity of the task before anything else. */
  CODY_BROKER_AUTH: z.enum(['none', 'iam']).default('none'),
  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: z.string().startsWith('/').optional(),
  /** Whose spend limit jobs wait for, where the key's own name is not to be used. */
  CODY_MODEL_ACCOUNT: z.string().min(1).optional(),
  CODY_DATA_DIR: z.string().min(1).default('/tmp/cody'),
});

/** What a worker is configured with. */
export type WorkerConfig = ReturnType<typeof readConfig>;

/** Reads the configuration from an environment. Throws ConfigError with all problems at once. */
export function readConfig(env: Env) {
  const read = readEnv(WorkerEnv, env);
  return {
    ...sharedConfig(read),
    jobsQueue: read.CODY_QUEUE_JOBS,
    jobId: read.CODY_JOB_ID,
    attempt: read.CODY_ATTEMPT,
    attemptKey: read.CODY_ATTEMPT_KEY,
    brokerUrl: read.CODY_BROKER_URL,
    brokerAuth: read.CODY_BROKER_AUTH,
    credentialsUri: read.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    modelAccount: read.CODY_MODEL_ACCOUNT,
    region: read.AWS_REGION,
    dataDir: read.CODY_DATA_DIR,
    anthropicBaseUrl: read.ANTHROPIC_BASE_URL,
  };
}

/** What of an environment a child of the trusted process is started with: all but the attempt's key. */
export function childEnv(env: Env): Readonly<Record<string, string>> {
  const { CODY_ATTEMPT_KEY: _, ...others } = env;
  return Object.fromEntries(
    Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The operator's policy, which is all that the probe is told. Throws ConfigError. */
export function readPolicy(env: Env): Policy {
  return baseConfig(readEnv(z.object(baseNames), env)).policy;
}

/**
 * The environment of this process, read once. The attempt's key is taken off the descriptor that worker/start.sh names,
 * or out of the environment, so that no child can inherit it. Throws when the descriptor is not there.
 */
export function takeProcessEnv(): Env {
  const env = { ...process.env };
  delete process.env.CODY_ATTEMPT_KEY;
  delete process.env.CODY_ATTEMPT_KEY_FD;
  const { CODY_ATTEMPT_KEY_FD: descriptor, ...others } = env;
  if (descriptor === undefined) return env;
  const key = readFileSync(Number(descriptor), 'utf8').trim();
  closeSync(Number(descriptor));
  return { ...others, CODY_ATTEMPT_KEY: key };
}
