import { z } from 'zod';
import { type Env, readEnv } from '../core/config.ts';

const LocalEnv = z.object({
  CODY_DATA_DIR: z.string().min(1).default('./.cody'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  /** Reverse proxies before the server: so many of the last entries of `X-Forwarded-For` are believed. */
  CODY_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(8).default(0),
  /** Without a public address GitHub cannot reach us: its deliveries are polled instead. */
  CODY_POLL_DELIVERIES_MS: z.coerce.number().int().nonnegative().default(0),
  AWS_ENDPOINT_URL_DYNAMODB: z.url().optional(),
  AWS_ENDPOINT_URL_SQS: z.url().optional(),
  AWS_ENDPOINT_URL_S3: z.url().optional(),
  PATH: z.string().default('/usr/local/bin:/usr/bin:/bin'),
});

/** How the single-machine server is set up. */
export type LocalConfig = ReturnType<typeof readConfig>;

/** Reads the configuration from an environment. Throws ConfigError with all problems at once. */
export function readConfig(env: Env) {
  const read = readEnv(LocalEnv, env);
  return {
    dataDir: read.CODY_DATA_DIR,
    host: read.HOST,
    port: read.PORT,
    proxies: read.CODY_TRUSTED_PROXIES,
    pollDeliveriesMs: read.CODY_POLL_DELIVERIES_MS,
    dynamoDbEndpoint: read.AWS_ENDPOINT_URL_DYNAMODB,
    sqsEndpoint: read.AWS_ENDPOINT_URL_SQS,
    s3Endpoint: read.AWS_ENDPOINT_URL_S3,
    path: read.PATH,
  };
}

/** The environment of this process. */
export function processEnv(): Env {
  return process.env;
}
