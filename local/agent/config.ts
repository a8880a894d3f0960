import { z } from 'zod';
import { type Env, readEnv, sharedNames } from '../../core/config.ts';

const AgentEnv = z.object({
  CODY_DATA_DIR: z.string().min(1).default('./.cody'),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: z.url().default('https://api.anthropic.com'),
  LOG_LEVEL: sharedNames.LOG_LEVEL,
  /** Set by npm: the folder in which the person typed the command. */
  INIT_CWD: z.string().min(1).optional(),
});

/** What the command line reads from its environment; `gitEnv` is for the person's own git in the person's folder. */
export type AgentConfig = Readonly<{
  dataDir: string;
  apiKey: string | undefined;
  baseUrl: string;
  logLevel: string;
  /** Undefined when npm did not start this process. */
  callerFolder: string | undefined;
  gitEnv: Readonly<Record<string, string>>;
}>;

const gitNames = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'TMPDIR', 'LANG'];

/** Reads the configuration; empty values count as missing. Throws ConfigError with all problems at once. */
export function readConfig(env: Env): AgentConfig {
  const read = readEnv(AgentEnv, env);
  return {
    dataDir: read.CODY_DATA_DIR,
    apiKey: read.ANTHROPIC_API_KEY,
    baseUrl: read.ANTHROPIC_BASE_URL,
    logLevel: read.LOG_LEVEL,
    callerFolder: read.INIT_CWD,
    gitEnv: Object.fromEntries(
      gitNames.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
  };
}

/** The environment of this process. */
export function processEnv(): Env {
  return process.env;
}
