import { parseArgs } from 'node:util';
import { baseNames, type Env } from '../../core/config.ts';

/** What a smoke test is told. */
export type SmokeConfig = Readonly<{
  /** Where the pages are. */
  url: string;
  /** Where webhooks are sent. */
  webhook: string;
  webhookSecret: string;
  githubApiUrl: string;
  /** A test repository (`owner/name`) and the token of a person who may write there. */
  trip: Readonly<{ repository: string; token: string }> | undefined;
  timeoutMs: number;
  json: boolean;
}>;

/** The options or the environment do not make sense; its message says which. */
export class SmokeUsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SmokeUsageError';
  }
}

const options = {
  url: { type: 'string' },
  webhook: { type: 'string' },
  repo: { type: 'string' },
  seconds: { type: 'string', default: '120' },
  json: { type: 'boolean', default: false },
} as const;

/** Reads the command line and the environment. Throws SmokeUsageError with the first thing that is missing. */
export function readSmokeConfig(args: readonly string[], env: Env): SmokeConfig {
  const values = parsed(args);
  const url = address(values.url, '--url <address of the pages>');
  const webhookSecret = env['WEBHOOK_SECRET'] ?? '';
  if (webhookSecret === '') throw new SmokeUsageError('WEBHOOK_SECRET is missing');
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new SmokeUsageError('--seconds is not a number above 0');
  return {
    url,
    webhook:
      values.webhook === undefined
        ? `${url}/api/github/webhooks`
        : address(values.webhook, '--webhook <address of the webhooks>'),
    webhookSecret,
    githubApiUrl: baseNames.GITHUB_API_URL.parse(env['GITHUB_API_URL'] || undefined),
    trip: tripOf(values.repo, env),
    timeoutMs: seconds * 1000,
    json: values.json,
  };
}

/** The environment of this process, for the entry point. */
export function processEnv(): Env {
  return process.env;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new SmokeUsageError(error instanceof Error ? error.message : String(error));
  }
}

function address(value: string | undefined, option: string): string {
  if (value === undefined || !URL.canParse(value) || !/^https?:/.test(value))
    throw new SmokeUsageError(`${option} is missing or no address`);
  return value.replace(/\/+$/, '');
}

function tripOf(repository: string | undefined, env: Env): SmokeConfig['trip'] {
  if (repository === undefined) return undefined;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new SmokeUsageError('--repo is not like owner/name');
  const token = env['SMOKE_GITHUB_TOKEN'] ?? '';
  if (token === '') throw new SmokeUsageError('SMOKE_GITHUB_TOKEN is missing');
  return { repository, token };
}
