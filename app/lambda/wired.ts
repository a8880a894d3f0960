import type { Logger } from 'pino';
import type { AwsTarget } from '../../core/aws.ts';
import type { Env } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { readParameters } from '../../core/parameters.ts';
import { createRedactor } from '../../core/redact.ts';
import { processEnv } from '../config.ts';
import { withStoredSettings } from './stored-settings.ts';

/** Values of parameters are read again after this time: a key that was changed is in use everywhere soon. */
const freshMs = 5 * 60_000;

type Configured = Readonly<{
  logLevel: string;
  metrics?: string | undefined;
  secrets: readonly string[];
}>;

type Options<Config, Wired> = Readonly<{
  /** The function's name, which its log lines bear. */
  name: string;
  readConfig: (env: Env) => Config;
  wire: (
    config: Config,
    around: Readonly<{ log: Logger; now: () => number }>,
  ) => Wired | Promise<Wired>;
  /** How time passes; for tests. */
  now?: () => number;
}>;

/**
 * Returns a function that wires a handler on its first call and keeps it while the Lambda lives, or until the stored
 * settings have changed. It throws ConfigError with all that is missing; the next call tries again.
 */
export function createWired<Config extends Configured, Wired>(
  options: Options<Config, Wired>,
): () => Promise<Wired> {
  const { now = Date.now } = options;
  let kept: Readonly<{ settings: string; until: number; wired: Wired }> | undefined;
  return async () => {
    if (kept && now() < kept.until) return kept.wired;
    const env = await settings(kept !== undefined);
    const until = now() + freshMs;
    const known = env === undefined ? kept?.settings : JSON.stringify(env);
    if (kept && known === kept.settings) kept = { ...kept, until };
    else kept = { settings: known ?? '', until, wired: await wireFrom(options, env ?? {}) };
    return kept.wired;
  };
}

/** The present settings; undefined when they can not be read again, which must not stop a function that works. */
async function settings(works: boolean): Promise<Env | undefined> {
  const env = processEnv();
  try {
    return await withStoredSettings(env, (names) => readParameters(storeTarget(env), names));
  } catch (error) {
    if (works) return undefined;
    throw error;
  }
}

function storeTarget(env: Env): AwsTarget {
  const endpoint = env['AWS_ENDPOINT_URL_SSM'];
  return {
    region: env['AWS_REGION'] ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function wireFrom<Config extends Configured, Wired>(
  { name, readConfig, wire, now = Date.now }: Options<Config, Wired>,
  env: Env,
): Wired | Promise<Wired> {
  const config = readConfig(env);
  const { redact } = createRedactor(config.secrets);
  const { logLevel: level, metrics } = config;
  return wire(config, { log: createLog({ level, name, redact, metrics }), now });
}
