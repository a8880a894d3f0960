import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { readAppManifest } from '../../../local/app-manifest.ts';
import { startServer } from '../../../local/server.ts';
import type { Actor } from '../../../local/standin/anthropic/actor.ts';
import { startAnthropicStandin } from '../../../local/standin/anthropic/anthropic-standin.ts';
import { startGithubStandin } from '../../../local/standin/github/github-standin.ts';
import { childEnv } from '../../support/child-env.ts';
import { shortTimes } from '../../support/e2e.ts';
import { canaries } from '../canaries.ts';

const policy =
  'reviewer: false\nbudget:\n  job: 90\n  request: 200\n  user_day: 1000\n  installation_month: 5000\nlimits:\n  turns: 1000\n';

/** The whole product between a GitHub and a model, with canaries in all that it is told. */
export type World = Awaited<ReturnType<typeof startWorld>>;

/** Starts it in a folder. Jobs may work in acme/one and acme/two. */
export async function startWorld(dataDir: string, actor: Actor) {
  const logFile = join(dataDir, 'server.log');
  const log = pino({ level: 'debug' }, pino.destination({ dest: logFile, sync: true }));
  const webhookSecret = canaries.webhook_secret;
  const apiKey = `sk-ant-scripted-${canaries.anthropic_key}`;
  await mkdir(join(dataDir, 'neighbour'));
  await writeFile(join(dataDir, 'neighbour', 'secret.txt'), canaries.home);
  const policyFile = join(dataDir, 'policy.yml');
  await writeFile(policyFile, policy);
  const github = await startGithubStandin({
    dataDir: join(dataDir, 'github'),
    minuteMs: 1_000,
    keepBodies: true,
  });
  const model = await startAnthropicStandin({ apiKey, actor });
  const { app, repositories } = await seed(github, webhookSecret);
  const server = await startServer({
    env: {
      ...childEnv,
      ...shortTimes,
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: github.serverUrl,
      ANTHROPIC_API_KEY: apiKey,
      ANTHROPIC_BASE_URL: model.url,
      CODY_DATA_DIR: join(dataDir, 'server'),
      CODY_POLICY: policyFile,
      CODY_SESSION_CANARY: canaries.parent_environment,
      PORT: '0',
    },
    log,
  });
  return {
    github,
    model,
    server,
    repositories,
    /** Values that may never leave. */
    secrets: {
      webhook_secret: webhookSecret,
      anthropic_key: canaries.anthropic_key,
      parent_environment: canaries.parent_environment,
      home: canaries.home,
      app_key: app.privateKey.replaceAll(/-----[^-]+-----|\s/g, '').slice(60, 160),
    },
    ask: (name: string, word: string) => ask(github, name, word),
    close: async () => {
      github.setWebhookUrl(undefined);
      await server.close();
      await model.close();
      await github.close();
    },
  };
}

type Github = Awaited<ReturnType<typeof startGithubStandin>>;

async function seed({ seed: plant }: Github, webhookSecret: string) {
  const { default_permissions: permissions, default_events: events } = await readAppManifest();
  plant.organization({ login: 'acme' });
  plant.user({ login: 'requester' });
  const named = { slug: 'cody-batch', name: 'Cody' };
  const app = plant.app({ ...named, permissions, events, webhookSecret });
  const repositories = new Map<number, string>();
  for (const name of ['one', 'two']) {
    const files = { 'readme.md': 'hello\n' };
    const collaborators = { requester: 'write' } as const;
    const { id } = await plant.repository({ owner: 'acme', name, collaborators, files });
    repositories.set(id, name);
  }
  const files = { secret: canaries.private_repository };
  await plant.repository({ owner: 'acme', name: 'vault', private: true, files });
  await plant.installation({ account: 'acme', repositories: 'all' });
  return { app, repositories };
}

/** A person writes a prompt. */
async function ask(github: Github, name: string, word: string): Promise<void> {
  const issue = { owner: 'acme', name, title: 'Sums', author: 'requester' };
  const { number } = github.seed.issue(issue);
  await fetch(`${github.url}/repos/acme/${name}/issues/${number}/comments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${github.userToken('requester')}`,
      'content-type': 'application/json',
      'user-agent': 'a-person',
    },
    body: JSON.stringify({ body: `/cody Play ${word}` }),
  });
}
