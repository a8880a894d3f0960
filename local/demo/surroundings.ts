import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../standin/anthropic/anthropic-standin.ts';
import { type GithubStandin, startGithubStandin } from '../standin/github/github-standin.ts';
import { readAppManifest } from '../app-manifest.ts';
import { scriptedNote } from './words.ts';

/** The account that owns the App and the repositories of the demo. */
export const organization = 'acme';
const appSlug = 'cody-batch';

/** Where a real model answers, in place of the scripted one. */
export type RealModel = Readonly<{ apiKey: string; baseUrl: string | undefined }>;

/** Both stand-ins, with the App registered; no server yet. */
export type Surroundings = Readonly<{
  github: GithubStandin;
  /** Undefined when a real model answers. */
  model: AnthropicStandin | undefined;
  /** Login of the App's account. */
  bot: string;
  /** What a server needs to be this App, by the standard names. */
  env: Readonly<Record<string, string>>;
  close: () => Promise<void>;
}>;

export type SurroundingsOptions = Readonly<{
  dataDir: string;
  realModel?: RealModel;
  /** How long a minute of GitHub's rate limits lasts, in ms. Default 60,000. */
  githubMinuteMs?: number;
  log: Logger;
}>;

/** Starts a GitHub with the organization and the App, and the scripted model unless a real one is given. */
export async function startSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { dataDir, realModel, githubMinuteMs, log } = options;
  const webhookSecret = randomBytes(24).toString('hex');
  const scriptedKey = `sk-ant-scripted-${randomBytes(24).toString('hex')}`;
  const githubDir = join(dataDir, 'github');
  await mkdir(githubDir, { recursive: true });
  const manifest = await readAppManifest();
  const github = await startGithubStandin({
    dataDir: githubDir,
    ...(githubMinuteMs === undefined ? {} : { minuteMs: githubMinuteMs }),
    log,
  });
  github.seed.organization({ login: organization });
  const app = github.seed.app({
    slug: appSlug,
    name: manifest.name,
    permissions: manifest.default_permissions,
    events: manifest.default_events,
    webhookSecret,
    owner: organization,
  });
  const model = realModel ? undefined : await startAnthropicStandin({ apiKey: scriptedKey, log });
  return {
    github,
    model,
    bot: `${appSlug}[bot]`,
    env: {
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_CLIENT_ID: app.clientId,
      GITHUB_CLIENT_SECRET: app.clientSecret,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.serverUrl,
      CODY_DATA_DIR: join(dataDir, 'server'),
      PORT: '0',
      ...modelEnv(realModel, { url: model?.url ?? '', key: scriptedKey }),
    },
    close: async () => {
      await model?.close();
      await github.close();
    },
  };
}

function modelEnv(
  real: RealModel | undefined,
  scripted: Readonly<{ url: string; key: string }>,
): Readonly<Record<string, string>> {
  if (real === undefined) {
    return {
      ANTHROPIC_API_KEY: scripted.key,
      ANTHROPIC_BASE_URL: scripted.url,
      CODY_MODEL_NOTE: scriptedNote,
    };
  }
  return {
    ANTHROPIC_API_KEY: real.apiKey,
    ...(real.baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: real.baseUrl }),
  };
}
