import type { Logger } from 'pino';
import type { AwsTarget } from '../../core/aws.ts';
import type { Env } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { readParameters } from '../../core/parameters.ts';
import { createRedactor } from '../../core/redact.ts';
import { processEnv } from '../config.ts';
import { storedNames, withStoredSettings } from './stored-settings.ts';

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

/** What works, and the settings that it was made from. */
type Current<Wired> = Readonly<{ settings: Env; wired: Wired; log: Logger }>;

/**
 * Returns a function that wires a handler on its first call and keeps it while the Lambda lives, or until the stored
 * settings have changed. The first wiring throws ConfigError with all that is missing, and the next call tries again;
 * a later one that fails leaves the handler as it is, and pages.
 */
export function createWired<Config extends Configured, Wired>(
  options: Options<Config, Wired>,
): () => Promise<Wired> {
  const { now = Date.now } = options;
  let kept: (Current<Wired> & Readonly<{ until: number }>) | undefined;
  return async () => {
    if (kept && now() < kept.until) return kept.wired;
    const until = now() + freshMs;
    const present = kept ? await renew(options, kept) : await wireFrom(options, await settings());
    kept = { ...present, until };
    return kept.wired;
  };
}

/** Settings that cannot be read again, or not be used, must not stop a function that works. */
async function renew<Config extends Configured, Wired>(
  options: Options<Config, Wired>,
  current: Current<Wired>,
): Promise<Current<Wired>> {
  const present = await settings().catch(() => current.settings);
  const parameters = changed(current.settings, present);
  if (parameters.length === 0) return current;
  try {
    return await wireFrom(options, present);
  } catch {
    // The error is not logged: it may repeat a part of the value.
    current.log.error({ parameters, page: true }, 'Changed settings cannot be used');
    return current;
  }
}

/**
 * The names of the parameters that have another value now, or none. Other variables do not count: Lambda gives each
 * invocation another `_X_AMZN_TRACE_ID`.
 */
function changed(before: Env, now: Env): readonly string[] {
  return storedNames(processEnv()).filter((name) => {
    const place = name === 'CODY_POLICY' ? 'CODY_POLICY_TEXT' : name;
    return before[place] !== now[place];
  });
}

/** Throws what reading throws. */
function settings(): Promise<Env> {
  const env = processEnv();
  return withStoredSettings(env, (names) => readParameters(storeTarget(env), names));
}

function storeTarget(env: Env): AwsTarget {
  const endpoint = env['AWS_ENDPOINT_URL_SSM'];
  return {
    region: env['AWS_REGION'] ?? 'us-east-1',
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

async function wireFrom<Config extends Configured, Wired>(
  { name, readConfig, wire, now = Date.now }: Options<Config, Wired>,
  settings: Env,
): Promise<Current<Wired>> {
  const config = readConfig(settings);
  const { redact } = createRedactor(config.secrets);
  const { logLevel: level, metrics } = config;
  const log = createLog({ level, name, redact, metrics });
  return { settings, log, wired: await wire(config, { log, now }) };
}
