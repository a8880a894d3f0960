import { z } from 'zod';
import { type Env, readEnv, sharedConfig, sharedNames } from '../core/config.ts';

const list = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(z.string().min(1)).min(1));

const AppEnv = z.object({
  ...sharedNames,
  APP_ID: z.coerce.number().int().positive(),
  /** One line with `\n` for line ends is accepted, because many secret stores hold one line only. */
  PRIVATE_KEY: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n').trim())
    .refine((text) => /^-----BEGIN (RSA )?PRIVATE KEY-----/.test(text), 'not a PEM private key'),
  WEBHOOK_SECRET: z.string().min(16),
  /** The secret before the last change, accepted as well while it is set. */
  WEBHOOK_SECRET_PREVIOUS: z.string().min(16).optional(),
  /** Of the same App, for the pages; without them nobody can sign in. */
  GITHUB_CLIENT_ID: z.string().min(1).optional(),
  GITHUB_CLIENT_SECRET: z.string().min(1).optional(),
  ANTHROPIC_API_KEY: z.string().min(1),
  CODY_CLUSTER: z.string().min(1),
  CODY_TASK: z.string().min(1),
  CODY_CONTAINER: z.string().min(1).default('worker'),
  /** What the task definition gives a worker: CPU in 1/1024 vCPU and memory in MiB. */
  CODY_TASK_CPU: z.coerce.number().int().positive().default(2_048),
  CODY_TASK_MEMORY: z.coerce.number().int().positive().default(4_096),
  CODY_SUBNETS: list.optional(),
  CODY_SECURITY_GROUPS: list.optional(),
});

/** What the App's processes are configured with. */
export type AppConfig = ReturnType<typeof readConfig>;

/** Reads the configuration from an environment. Throws ConfigError with all problems at once. */
export function readConfig(env: Env) {
  const read = readEnv(AppEnv, env);
  return {
    ...sharedConfig(read),
    appId: read.APP_ID,
    privateKey: read.PRIVATE_KEY,
    webhookSecrets: [read.WEBHOOK_SECRET, read.WEBHOOK_SECRET_PREVIOUS].filter(
      (secret) => secret !== undefined,
    ),
    signIn:
      read.GITHUB_CLIENT_ID !== undefined && read.GITHUB_CLIENT_SECRET !== undefined
        ? { clientId: read.GITHUB_CLIENT_ID, clientSecret: read.GITHUB_CLIENT_SECRET }
        : undefined,
    anthropicApiKey: read.ANTHROPIC_API_KEY,
    jobsQueue: read.CODY_QUEUE_JOBS,
    cluster: read.CODY_CLUSTER,
    task: read.CODY_TASK,
    container: read.CODY_CONTAINER,
    taskSize: { cpu: read.CODY_TASK_CPU, memory_mib: read.CODY_TASK_MEMORY },
    network: read.CODY_SUBNETS && {
      subnets: read.CODY_SUBNETS,
      securityGroups: read.CODY_SECURITY_GROUPS ?? [],
    },
  };
}

/** The environment of this process. */
export function processEnv(): Env {
  return process.env;
}
