import { ConfigError } from '../../core/config.ts';
import { type AppFile, appFilePath, readAppFile } from './app-file.ts';
import { readSetupConfig, type SetupConfig } from './setup-config.ts';
import { startSetup } from './start-setup.ts';
import { webhookAddress } from './webhook-address.ts';

type Env = Readonly<Record<string, string>>;

/** Without any of them the App is created or read from the data directory; with some of them nothing is guessed. */
const credentials = ['APP_ID', 'PRIVATE_KEY', 'WEBHOOK_SECRET'];

const pollMs = 15_000;

/** The App is there, and what it is for runs in another place. */
export class AppElsewhereError extends Error {
  constructor(appFile: string, webhookUrl: string) {
    super(`The App's key is in ${appFile}. Its events go to ${webhookUrl}: no server starts here.`);
    this.name = 'AppElsewhereError';
  }
}

/**
 * Returns the environment with the credentials of the App: as given when it names any of them, else those kept in the
 * data directory, else those of an App that a person creates now on a page whose address `waiting` is told. Throws
 * ConfigError, with all problems of the environment that would show only afterwards, and AppElsewhereError when the
 * App is there and was made for another deployment (CODY_WEBHOOK_URL).
 */
export async function appEnv(
  env: Env,
  waiting: (page: Readonly<{ url: string; hasModelKey: boolean }>) => void,
): Promise<Env> {
  if (credentials.some((name) => (env[name] ?? '') !== '')) return env;
  const config = readSetupConfig(env);
  const kept = await readAppFile(appFilePath(config.local.dataDir));
  if (kept !== undefined) return withApp(env, config, kept);
  const { url, created } = await startSetup(config);
  waiting({ url, hasModelKey: config.hasModelKey });
  return withApp(env, config, await created);
}

function withApp(env: Env, config: SetupConfig, app: AppFile): Env {
  const { githubServerUrl: serverUrl, publicUrl, webhookUrl, local } = config;
  if (new URL(app.server_url).origin !== new URL(serverUrl).origin)
    throw new ConfigError([
      `${appFilePath(local.dataDir)} is for ${app.server_url}, and GITHUB_SERVER_URL is ${serverUrl}: set it, or another CODY_DATA_DIR`,
    ]);
  if (webhookUrl !== undefined) throw new AppElsewhereError(appFilePath(local.dataDir), webhookUrl);
  const polled = webhookAddress({ publicUrl, serverUrl }).type === 'polled';
  return {
    ...(polled ? { CODY_POLL_DELIVERIES_MS: String(pollMs) } : {}),
    GITHUB_CLIENT_ID: app.client_id,
    GITHUB_CLIENT_SECRET: app.client_secret,
    ...env,
    APP_ID: String(app.id),
    PRIVATE_KEY: app.pem,
    WEBHOOK_SECRET: app.webhook_secret,
  };
}
