import { z } from 'zod';
import { type Env, readEnv, sharedNames } from '../../core/config.ts';
import type { LocalConfig } from '../config.ts';
import { readConfigs } from '../read-configs.ts';

/** What creating the App needs to know of the environment. */
export type SetupConfig = Readonly<{
  local: LocalConfig;
  githubApiUrl: string;
  githubServerUrl: string;
  publicUrl: string | undefined;
  /** Where the App's events go when it is made for a deployment on AWS; no server starts here then. */
  webhookUrl: string | undefined;
  /** Whether the server could start once the App is there. */
  hasModelKey: boolean;
}>;

/** Stand for what is not there yet, so that everything else is checked before an App is created. */
const placeholders = {
  APP_ID: '1',
  PRIVATE_KEY: '-----BEGIN PRIVATE KEY-----',
  WEBHOOK_SECRET: 'x'.repeat(16),
  ANTHROPIC_API_KEY: 'x',
};

const Addresses = z.object({
  GITHUB_API_URL: sharedNames.GITHUB_API_URL,
  GITHUB_SERVER_URL: sharedNames.GITHUB_SERVER_URL,
  CODY_PUBLIC_URL: sharedNames.CODY_PUBLIC_URL,
  CODY_WEBHOOK_URL: z.url({ protocol: /^https$/ }).optional(),
});

/** Reads an environment without credentials. Throws ConfigError with all problems but the missing credentials. */
export function readSetupConfig(env: Env): SetupConfig {
  const local = readConfigs({ ...env, ...placeholders });
  const addresses = readEnv(Addresses, env);
  return {
    local,
    githubApiUrl: addresses.GITHUB_API_URL,
    githubServerUrl: addresses.GITHUB_SERVER_URL,
    publicUrl: addresses.CODY_PUBLIC_URL,
    webhookUrl: addresses.CODY_WEBHOOK_URL,
    hasModelKey: (env['ANTHROPIC_API_KEY'] ?? '') !== '',
  };
}
