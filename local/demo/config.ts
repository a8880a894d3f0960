import { z } from 'zod';

const DemoEnv = z.object({
  CODY_DATA_DIR: z.string().min(1).default('.cody'),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: z.url().optional(),
  LOG_LEVEL: z.string().min(1).default('info'),
});

/** What the demo reads from its environment; `passed` goes on to git and to the server as it is. */
export type DemoConfig = Readonly<{
  dataDir: string;
  anthropicApiKey: string | undefined;
  anthropicBaseUrl: string | undefined;
  logLevel: string;
  passed: Readonly<Record<string, string>>;
}>;

/** Where programs, caches and people's own git credentials are found. */
const passedNames = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SSH_AUTH_SOCK'];

/** Reads the demo's configuration; empty values count as missing. Throws a ZodError on malformed ones. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): DemoConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const read = DemoEnv.parse(given);
  return {
    dataDir: read.CODY_DATA_DIR,
    anthropicApiKey: read.ANTHROPIC_API_KEY,
    anthropicBaseUrl: read.ANTHROPIC_BASE_URL,
    logLevel: read.LOG_LEVEL,
    passed: Object.fromEntries(
      passedNames.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
    ),
  };
}

/** The environment of this process. */
export function processEnv(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
