import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { AwsTarget } from './aws.ts';
import { Policy } from './policy.ts';
import { Times } from './times.ts';

/** A process environment, or a part of one. */
export type Env = Readonly<Record<string, string | undefined>>;

const endpoint = z.url().optional();

/** An address that paths are put behind. */
const base = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

/** The address of a whole host: what is served there links to its own paths from the root. */
const host = base.refine(
  isHost,
  'it may have no path, query or user: the pages need a host of their own',
);

/** Names that every process of app and worker reads. */
export const baseNames = {
  GITHUB_API_URL: base.default('https://api.github.com'),
  GITHUB_SERVER_URL: base.default('https://github.com'),
  AWS_REGION: z.string().min(1).default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_SQS: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ENDPOINT_URL_ECS: endpoint,
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  CODY_POLICY: z.string().min(1).optional(),
  /** The policy itself, where there is no file to read it from. */
  CODY_POLICY_TEXT: z.string().optional(),
  CODY_PUBLIC_URL: host.optional(),
  /** Under which CloudWatch keeps the metrics of the log lines. */
  CODY_METRICS: z.string().min(1).optional(),
  /** Shown in comments and pull requests, for a model that is not what its name says. */
  CODY_MODEL_NOTE: z.string().optional(),
  ...Times.shape,
} as const;

export const tableNames = { CODY_TABLE: z.string().min(1) } as const;
export const bucketNames = { CODY_BUCKET: z.string().min(1) } as const;
export const queueNames = { CODY_QUEUE_INGEST: z.url(), CODY_QUEUE_JOBS: z.url() } as const;

/** Names that app and worker share; each process adds its own and parses all of them at once. */
export const sharedNames = {
  ...baseNames,
  ...tableNames,
  ...bucketNames,
  ...queueNames,
} as const;

function isHost(url: string): boolean {
  return URL.canParse(url) && new URL(url).href === `${new URL(url).origin}/`;
}

const Base = z.object(baseNames);
type Base = z.infer<typeof Base>;
const Shared = z.object(sharedNames);
type Shared = z.infer<typeof Shared>;

/** What stands in the environment is wrong: one line per name. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not complete:\n${problems.map((one) => `- ${one}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the names of a schema from an environment; empty values count as missing. Throws ConfigError with all
 * missing and malformed names at once. Values are never repeated in it, because they may be secret.
 */
export function readEnv<S extends z.ZodType>(schema: S, env: Env): z.infer<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const missing = (name: string) => given[name] === undefined;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? 'environment');
      return missing(name) ? `${name} is missing` : `${name} is malformed: ${issue.message}`;
    }),
  );
}

/** Metrics stand in lines of `info`. */
const levelsWithMetrics: readonly string[] = ['trace', 'debug', 'info'];

/**
 * What every process makes of its base names. Throws ConfigError when the policy cannot be read, and for a log level that
 * would leave the metrics out.
 */
export function baseConfig(read: Base) {
  if (read.CODY_METRICS !== undefined && !levelsWithMetrics.includes(read.LOG_LEVEL))
    throw new ConfigError([
      `LOG_LEVEL is malformed: where CODY_METRICS is set it is one of ${levelsWithMetrics.join(', ')}, because metrics and alarms live off lines of info`,
    ]);
  return {
    githubApiUrl: read.GITHUB_API_URL,
    githubServerUrl: read.GITHUB_SERVER_URL,
    publicUrl: read.CODY_PUBLIC_URL,
    modelNote: read.CODY_MODEL_NOTE,
    logLevel: read.LOG_LEVEL,
    metrics: read.CODY_METRICS,
    aws: awsTargets(read),
    policy: readPolicy(read),
    times: Times.parse(read),
  };
}

/** What app and worker make of the names that they share. Throws ConfigError when the policy cannot be read. */
export function sharedConfig(read: Shared) {
  return {
    ...baseConfig(read),
    table: read.CODY_TABLE,
    bucket: read.CODY_BUCKET,
    ingestQueue: read.CODY_QUEUE_INGEST,
  };
}

type AwsService = 'DYNAMODB' | 'SQS' | 'S3' | 'ECS';

/**
 * How to reach each AWS service. Engines on this machine take any credentials, so that fixed ones are given when the
 * service has an endpoint of its own and the environment holds none.
 */
function awsTargets(env: Base): Readonly<Record<AwsService, AwsTarget>> {
  const target = (url: string | undefined): AwsTarget => ({
    region: env.AWS_REGION,
    ...(url === undefined ? {} : { endpoint: url }),
    ...(url !== undefined && env.AWS_ACCESS_KEY_ID === undefined
      ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
      : {}),
  });
  return {
    DYNAMODB: target(env.AWS_ENDPOINT_URL_DYNAMODB),
    SQS: target(env.AWS_ENDPOINT_URL_SQS),
    S3: target(env.AWS_ENDPOINT_URL_S3),
    ECS: target(env.AWS_ENDPOINT_URL_ECS),
  };
}

/** The operator's policy from a YAML file or as text; the defaults when there is none. Throws ConfigError. */
function readPolicy({ CODY_POLICY_TEXT: text, CODY_POLICY: file }: Base): Policy {
  if (text === undefined && file === undefined) return Policy.parse({});
  const result = Policy.safeParse(parsePolicy(() => text ?? readFileSync(file ?? '', 'utf8')));
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map(
      (issue) => `CODY_POLICY, ${issue.path.join('.') || 'file'}: ${issue.message}`,
    ),
  );
}

function parsePolicy(textOf: () => string): unknown {
  try {
    return parse(textOf()) ?? {};
  } catch (error) {
    throw new ConfigError([
      `CODY_POLICY cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`,
    ]);
  }
}
