import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { readConfig } from '../app/config.ts';
import { wireApp } from '../app/wire.ts';
import { createBucket, ensureBucket } from '../core/bucket.ts';
import { ensureQueue } from '../core/queue.ts';
import { createSessionStore } from '../core/store/sessions.ts';
import { createTable, ensureTable, type Table } from '../core/store/table.ts';
import type { Bucket } from '../core/bucket.ts';
import { startDynamoDb } from '../local/engines/dynamodb.ts';
import { startQueuesAndObjects } from '../local/engines/sqs-s3.ts';
import { startGithubStandin } from '../local/standin/github/github-standin.ts';

/** The pages with their engines and a GitHub, and a person who is signed in. No queue is read. */
export type PagesWorld = Readonly<{
  table: Table;
  bucket: Bucket;
  installationId: number;
  repositoryId: number;
  person: Readonly<{ id: number; login: string }>;
  /** Loads a page as that person. Throws when the answer has another status. */
  load: (path: string, status?: number) => Promise<string>;
  close: () => Promise<void>;
}>;

const person = { id: 4242, login: 'requester' };
const host = '127.0.0.1:3000';

/** Starts everything in a folder of its own, which `close` removes. */
export async function startPagesWorld(): Promise<PagesWorld> {
  const dir = await mkdtemp(join(tmpdir(), 'cody-pages-'));
  const log = pino({ level: 'silent' });
  const dynamo = await startDynamoDb({ file: join(dir, 'table.db'), log });
  const objects = await startQueuesAndObjects({ dataDir: dir, durableQueues: [], log });
  const github = await startGithubStandin({ dataDir: join(dir, 'github'), log });
  const seeded = await seed(github.seed);
  await ensureTable({ aws: at(dynamo.endpoint), name: 'cody' });
  await ensureBucket({ aws: at(objects.s3Endpoint), name: 'cody' });
  const pair = { aws: at(objects.sqsEndpoint), maxReceives: 5, visibilitySeconds: 60 };
  const [ingest, jobs] = [
    await ensureQueue({ ...pair, name: 'ingest' }),
    await ensureQueue({ ...pair, name: 'jobs' }),
  ];
  const config = readConfig({
    APP_ID: String(seeded.appId),
    PRIVATE_KEY: seeded.privateKey,
    WEBHOOK_SECRET: 'a secret for webhooks',
    ANTHROPIC_API_KEY: 'a key for the model',
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: github.serverUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SQS: objects.sqsEndpoint,
    AWS_ENDPOINT_URL_S3: objects.s3Endpoint,
    AWS_ENDPOINT_URL_ECS: objects.sqsEndpoint,
    CODY_TABLE: 'cody',
    CODY_BUCKET: 'cody',
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobs.url,
    CODY_CLUSTER: 'cody',
    CODY_TASK: 'worker',
  });
  // Its own clock refills the limit of pages quicker than this bench uses it up.
  let calls = 0;
  const now = () => Date.now() + (calls += 1);
  const app = await wireApp({ config, log, now });
  const facts = { version: '1', engines: {}, sandbox: undefined };
  const web = app.web({
    streams: true,
    health: () => app.health(facts),
    peer: () => '127.0.0.1',
    proxies: 0,
  });
  const table = createTable({ aws: at(dynamo.endpoint), name: 'cody' });
  const session = await createSessionStore({ table, now }).begin(person);
  return {
    table,
    bucket: createBucket({ aws: at(objects.s3Endpoint), name: 'cody' }),
    installationId: seeded.installationId,
    repositoryId: seeded.repositoryId,
    person,
    load: async (path, status = 200) => {
      const headers = { host, accept: 'text/html', cookie: `cody-session=${session}` };
      const answer = await web.fetch(new Request(`http://${host}${path}`, { headers }));
      const text = await answer.text();
      if (answer.status !== status) throw new Error(`${path} was answered with ${answer.status}`);
      return text;
    },
    close: async () => {
      await github.close();
      await objects.close();
      await dynamo.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function at(endpoint: string) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { region: 'us-east-1', endpoint, credentials };
}

type Seed = Awaited<ReturnType<typeof startGithubStandin>>['seed'];

async function seed(seed: Seed) {
  seed.user(person);
  seed.organization({ login: 'acme', members: [] });
  const { id: repositoryId } = await seed.repository({
    owner: 'acme',
    name: 'web',
    collaborators: { [person.login]: 'write' },
    files: { 'README.md': '# web\n' },
  });
  const permissions = { metadata: 'read', contents: 'write', issues: 'write' } as const;
  const app = seed.app({ slug: 'cody', name: 'Cody', permissions, events: [], webhookSecret: 'x' });
  const { id: installationId } = await seed.installation({ account: 'acme', repositories: 'all' });
  return { ...app, installationId, repositoryId };
}
