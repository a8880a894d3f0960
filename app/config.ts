import { z } from 'zod';
import {
  baseConfig,
  baseNames,
  type Env,
  queueNames,
  readEnv,
  sharedConfig,
  sharedNames,
  tableNames,
} from '../core/config.ts';
import { modelKeyId } from '../core/store/model-pause.ts';

const list = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .pipe(z.array(z.string().min(1)).min(1));

const identityNames = {
  APP_ID: z.coerce.number().int().positive(),
  /** One line with `\n` for line ends is accepted, because many secret stores hold one line only. */
  PRIVATE_KEY: z
    .string()
    .transform((text) => text.replaceAll('\\n', '\n').trim())
    .refine((text) => /^-----BEGIN (RSA )?PRIVATE KEY-----/.test(text), 'not a PEM private key'),
} as const;

const webhookNames = {
  WEBHOOK_SECRET: z.string().min(16),
  /** The secret before the last change, accepted as well while it is set. */
  WEBHOOK_SECRET_PREVIOUS: z.string().min(16).optional(),
} as const;

/** Of the same App, for the pages; without them nobody can sign in. */
const signInNames = {
  GITHUB_CLIENT_ID: z.string().min(1).optional(),
  GITHUB_CLIENT_SECRET: z.string().min(1).optional(),
} as const;

const modelNames = { ANTHROPIC_API_KEY: z.string().min(1) } as const;

/** Whose spend limit jobs wait for: a name for the model's key, where the key itself is not at hand. */
const accountNames = { CODY_MODEL_ACCOUNT: z.string().min(1) } as const;

const taskNames = {
  CODY_CLUSTER: z.string().min(1),
  CODY_TASK: z.string().min(1),
  /** What the task definition gives a worker: CPU in 1/1024 vCPU and memory in MiB. */
  CODY_TASK_CPU: z.coerce.number().int().positive().default(2_048),
  CODY_TASK_MEMORY: z.coerce.number().int().positive().default(4_096),
} as const;

const launchNames = {
  ...taskNames,
  CODY_CONTAINER: z.string().min(1).default('worker'),
  CODY_SUBNETS: list.optional(),
  CODY_SECURITY_GROUPS: list.optional(),
  CODY_SPOT: z.enum(['on', 'off']).default('off'),
} as const;

type Read<Names extends z.core.$ZodShape> = z.infer<z.ZodObject<Names>>;

function identity(read: Read<typeof identityNames>) {
  return { appId: read.APP_ID, privateKey: read.PRIVATE_KEY };
}

function stores(read: Read<typeof tableNames & typeof queueNames>) {
  return {
    table: read.CODY_TABLE,
    ingestQueue: read.CODY_QUEUE_INGEST,
    jobsQueue: read.CODY_QUEUE_JOBS,
  };
}

function signIn(read: Read<typeof signInNames>) {
  const { GITHUB_CLIENT_ID: clientId, GITHUB_CLIENT_SECRET: clientSecret } = read;
  if (clientId === undefined || clientSecret === undefined) return { signIn: undefined };
  return { signIn: { clientId, clientSecret } };
}

function tasks(read: Read<typeof taskNames>) {
  return {
    cluster: read.CODY_CLUSTER,
    task: read.CODY_TASK,
    taskSize: { cpu: read.CODY_TASK_CPU, memory_mib: read.CODY_TASK_MEMORY },
  };
}

function launching(read: Read<typeof launchNames>) {
  return {
    ...tasks(read),
    container: read.CODY_CONTAINER,
    network: read.CODY_SUBNETS && {
      subnets: read.CODY_SUBNETS,
      securityGroups: read.CODY_SECURITY_GROUPS ?? [],
      spot: read.CODY_SPOT === 'on',
    },
  };
}

/** What the App's processes are configured with; `secrets` lists those in it, for the redactor. */
export type AppConfig = ReturnType<typeof readConfig>;

/** Reads the configuration of all handlers at once. Throws ConfigError with all problems at once. */
export function readConfig(env: Env) {
  const read = readEnv(
    z.object({
      ...sharedNames,
      ...identityNames,
      ...webhookNames,
      ...signInNames,
      ...modelNames,
      ...launchNames,
      CODY_MODEL_ACCOUNT: accountNames.CODY_MODEL_ACCOUNT.optional(),
    }),
    env,
  );
  const secrets = [read.WEBHOOK_SECRET, read.WEBHOOK_SECRET_PREVIOUS];
  const webhookSecrets = secrets.filter((secret) => secret !== undefined);
  const anthropicApiKey = read.ANTHROPIC_API_KEY;
  return withSecrets({
    ...sharedConfig(read),
    ...identity(read),
    ...stores(read),
    ...signIn(read),
    ...launching(read),
    webhookSecrets,
    anthropicApiKey,
    modelAccount: read.CODY_MODEL_ACCOUNT ?? modelKeyId(anthropicApiKey),
  });
}

const ingestNames = z.object({
  ...sharedNames,
  ...identityNames,
  ...launchNames,
  ...accountNames,
});
const dispatchNames = z.object({
  ...baseNames,
  ...tableNames,
  ...queueNames,
  ...launchNames,
  ...accountNames,
});
const buryNames = z.object({ ...sharedNames, ...identityNames });
const sweepNames = z.object({ ...sharedNames, ...identityNames, ...taskNames });
const settleNames = z.object({ ...baseNames, ...tableNames, ...queueNames, ...taskNames });
const brokerNames = z.object({ ...baseNames, ...tableNames, ...identityNames, ...modelNames });
const webNames = z.object({ ...sharedNames, ...identityNames, ...signInNames });

/** What each function of its own is configured with: nothing that it does not use. All throw ConfigError. */
export const functionConfigs = {
  ingest: (env: Env) => {
    const read = readEnv(ingestNames, env);
    const launch = { ...launching(read), modelAccount: read.CODY_MODEL_ACCOUNT };
    return withSecrets({ ...sharedConfig(read), ...stores(read), ...identity(read), ...launch });
  },
  dispatch: (env: Env) => {
    const read = readEnv(dispatchNames, env);
    const launch = { ...launching(read), modelAccount: read.CODY_MODEL_ACCOUNT };
    return { ...baseConfig(read), ...stores(read), ...launch, secrets: [] };
  },
  bury: (env: Env) => {
    const read = readEnv(buryNames, env);
    return withSecrets({ ...sharedConfig(read), ...stores(read), ...identity(read) });
  },
  sweep: (env: Env) => {
    const read = readEnv(sweepNames, env);
    const known = { ...stores(read), ...identity(read), ...tasks(read) };
    return withSecrets({ ...sharedConfig(read), ...known });
  },
  settle: (env: Env) => {
    const read = readEnv(settleNames, env);
    return { ...baseConfig(read), ...stores(read), ...tasks(read), secrets: [] };
  },
  broker: (env: Env) => {
    const read = readEnv(brokerNames, env);
    const held = { table: read.CODY_TABLE, anthropicApiKey: read.ANTHROPIC_API_KEY };
    return withSecrets({ ...baseConfig(read), ...identity(read), ...held });
  },
  web: (env: Env) => {
    const read = readEnv(webNames, env);
    const known = { ...stores(read), ...identity(read), ...signIn(read) };
    return withSecrets({ ...sharedConfig(read), ...known });
  },
};

/** The names that each of them may read. */
export const functionNamesRead: Readonly<Record<keyof typeof functionConfigs, readonly string[]>> =
  {
    ingest: Object.keys(ingestNames.shape),
    dispatch: Object.keys(dispatchNames.shape),
    bury: Object.keys(buryNames.shape),
    sweep: Object.keys(sweepNames.shape),
    settle: Object.keys(settleNames.shape),
    broker: Object.keys(brokerNames.shape),
    web: Object.keys(webNames.shape),
  };

type Secret = Readonly<{
  privateKey?: string;
  anthropicApiKey?: string;
  webhookSecrets?: readonly string[];
  signIn?: { clientSecret: string } | undefined;
}>;

function withSecrets<C extends Secret>(config: C): C & Readonly<{ secrets: readonly string[] }> {
  const { privateKey, anthropicApiKey, signIn, webhookSecrets = [] } = config;
  const secrets = [privateKey, anthropicApiKey, signIn?.clientSecret, ...webhookSecrets];
  return { ...config, secrets: secrets.filter((secret) => secret !== undefined) };
}

/** The environment of this process. */
export function processEnv(): Env {
  return process.env;
}
