import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { modelKeyId } from '../../core/store/model-pause.ts';
import { readAppManifest } from '../../local/app-manifest.ts';
import {
  type AnthropicStandin,
  startAnthropicStandin,
} from '../../local/standin/anthropic/anthropic-standin.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../local/standin/github/github-standin.ts';
import { scriptActor } from './scripts.ts';

/** GitHub with the App, and the scripted model. */
export type Surroundings = Readonly<{
  github: GithubStandin;
  model: AnthropicStandin;
  /** Login of the App's account. */
  bot: string;
  /** What the App has to know to be this App. */
  env: Readonly<Record<string, string>>;
  close: () => Promise<void>;
}>;

/** GitHub's minute is a second here. */
export const githubMinuteMs = 1_000;

/** Starts both. GitHub's ledger keeps what was sent. */
export async function startSurroundings(
  options: Readonly<{ dataDir: string; log: Logger }>,
): Promise<Surroundings> {
  const webhookSecret = randomBytes(24).toString('hex');
  const apiKey = `sk-ant-scripted-${randomBytes(24).toString('hex')}`;
  const dataDir = join(options.dataDir, 'github');
  await mkdir(dataDir, { recursive: true });
  const manifest = await readAppManifest();
  const github = await startGithubStandin({
    dataDir,
    minuteMs: githubMinuteMs,
    keepBodies: true,
    log: options.log,
  });
  github.seed.organization({ login: 'app-owner' });
  const app = github.seed.app({
    slug: 'cody-batch',
    name: manifest.name,
    permissions: manifest.default_permissions,
    events: manifest.default_events,
    webhookSecret,
    owner: 'app-owner',
  });
  const model = await startAnthropicStandin({ apiKey, actor: scriptActor });
  return {
    github,
    model,
    bot: 'cody-batch[bot]',
    env: {
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      ANTHROPIC_API_KEY: apiKey,
      CODY_MODEL_ACCOUNT: modelKeyId(apiKey),
    },
    close: async () => {
      await model.close();
      await github.close();
    },
  };
}
