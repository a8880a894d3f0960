import { createLog } from '../../core/log.ts';
import { createRedactor } from '../../core/redact.ts';
import { processEnv, readConfig } from '../config.ts';
import { type App, wireApp } from '../wire.ts';

/** Returns a function that wires the App on its first call and keeps it while the Lambda lives. */
export function createWired(name: string): () => Promise<App> {
  let wired: Promise<App> | undefined;
  return () => (wired ??= wireFromEnvironment(name));
}

async function wireFromEnvironment(name: string): Promise<App> {
  const config = readConfig(processEnv());
  const { redact } = createRedactor([
    config.privateKey,
    config.anthropicApiKey,
    ...(config.signIn ? [config.signIn.clientSecret] : []),
    ...config.webhookSecrets,
  ]);
  return wireApp({ config, log: createLog({ level: config.logLevel, name, redact }) });
}
