import { parseArgs } from 'node:util';
import type { Load } from './load.ts';

/** What a load run is told: its size by options, and the environment that its processes need. */
export type LoadConfig = Readonly<{
  load: Load;
  env: Readonly<Record<string, string>>;
  json: boolean;
}>;

const options = {
  installations: { type: 'string', default: '20' },
  repositories: { type: 'string', default: '5' },
  workers: { type: 'string', default: '4' },
  minutes: { type: 'string', default: '15' },
  json: { type: 'boolean', default: false },
} as const;

/** Reads `--installations`, `--repositories`, `--workers`, `--minutes` and `--json`. Throws on any other option. */
export function readLoadConfig(args: readonly string[]): LoadConfig {
  const { values } = parseArgs({ args: [...args], options });
  const load = {
    installations: Number(values.installations),
    repositories: Number(values.repositories),
    workers: Number(values.workers),
    timeoutMs: Number(values.minutes) * 60_000,
  };
  return { load, env: benchEnv(), json: values.json };
}

/** Returns the environment that child processes of a bench need, and no key of anybody. */
export function benchEnv(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
