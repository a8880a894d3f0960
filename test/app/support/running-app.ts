import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { readConfig } from '../../../app/config.ts';
import type { Handle, QueueRecord } from '../../../app/ingest.ts';
import { createReceive } from '../../../app/receive.ts';
import { createSendWebhook } from '../../../app/send-webhook.ts';
import { type App, wireApp } from '../../../app/wire.ts';
import { type Bucket, createBucket, ensureBucket } from '../../../core/bucket.ts';
import type { Request } from '../../../core/request.ts';
import { createQueue, ensureQueue, type Queue } from '../../../core/queue.ts';
import { createJobStore, type JobStore } from '../../../core/store/job-store.ts';
import { createRequestStore, type RequestStore } from '../../../core/store/request-store.ts';
import { createTable, ensureTable, type Table } from '../../../core/store/table.ts';
import { startDynamoDb } from '../../../local/engines/dynamodb.ts';
import { type Ecs, startEcs } from '../../../local/engines/ecs.ts';
import { startQueuesAndObjects } from '../../../local/engines/sqs-s3.ts';
import {
  type GithubStandin,
  startGithubStandin,
} from '../../../local/standin/github/github-standin.ts';

export const webhookSecret = 'a secret for webhooks';

/** The whole App on real engines and a GitHub, without workers that do anything. */
export type RunningApp = Readonly<{
  app: App;
  github: GithubStandin;
  ecs: Ecs;
  table: Table;
  bucket: Bucket;
  jobs: JobStore;
  requests: RequestStore;
  queues: Readonly<Record<'ingest' | 'jobs', Queue>>;
  installationId: number;
  /** As which App it speaks to GitHub. */
  appId: number;
  privateKey: string;
  /** Where webhooks are received. */
  front: string;
  /** Moves the App's clock ahead. */
  pass: (ms: number) => void;
  now: () => number;
  /** Posts as a person; returns the comment's id. */
  comment: (issue: Issue, login: string, body: string) => Promise<number>;
  issue: (owner: string, name: string) => Issue;
  /** The latest request of an issue. */
  requestOf: (issue: Issue) => Promise<Request | undefined>;
  /** All comments of an issue as text, the oldest first. */
  comments: (issue: Issue) => Promise<readonly Readonly<{ author: string; body: string }>[]>;
  reactions: (issue: Issue, commentId: number) => Promise<readonly string[]>;
  /** Handles what is in the queues until they are empty; what throws is kept and not tried again. */
  pump: () => Promise<readonly unknown[]>;
  /** Every record that was handled, for replays. */
  handled: QueueRecord[];
  close: () => Promise<void>;
}>;

export type Issue = Readonly<{ owner: string; name: string; number: number }>;

const aws = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

const at = (endpoint: string) => ({ ...aws, endpoint });

/** Exits when its descriptor 3 ends, as a worker does. */
const idleWorker = `require('node:fs').createReadStream('', { fd: 3 }).on('error', () => process.exit(0)).on('close', () => process.exit(0)).resume()`;

/** What differs from most tests: the log that is written, an ended worker, a ledger with bodies. */
type Options = Readonly<{ log?: Logger; endedWorkers?: boolean; keepBodies?: boolean }>;

export async function startRunningApp(policy?: string, options: Options = {}): Promise<RunningApp> {
  const dir = await mkdtemp(join(tmpdir(), 'cody-app-'));
  const log = options.log ?? pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const dynamo = await startDynamoDb({ file: join(dir, 'table.db'), log });
  const objects = await startQueuesAndObjects({ dataDir: dir, durableQueues: [], log });
  const ecs = await startEcs({
    cluster: 'cody',
    logsDir: join(dir, 'logs'),
    onTaskStopped: () => undefined,
    closeTimeoutMs: 200,
    log,
    taskDefinitions: {
      worker: () =>
        options.endedWorkers
          ? { command: 'true', args: [], env: {} }
          : { command: process.execPath, args: ['-e', idleWorker], env: {} },
    },
  });
  const github = await startGithubStandin({
    dataDir: join(dir, 'github'),
    minuteMs: 1_000,
    keepBodies: options.keepBodies ?? false,
  });
  const { appId, privateKey, clientId, clientSecret, installationId } = await seed(github);

  await ensureTable({ aws: at(dynamo.endpoint), name: 'cody' });
  await ensureBucket({ aws: at(objects.s3Endpoint), name: 'cody' });
  const pair = { aws: at(objects.sqsEndpoint), maxReceives: 5, visibilitySeconds: 60 };
  const ingest = await ensureQueue({ ...pair, name: 'ingest' });
  const jobsQueue = await ensureQueue({ ...pair, name: 'jobs' });
  const config = readConfig({
    APP_ID: String(appId),
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: webhookSecret,
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
    ANTHROPIC_API_KEY: 'a key for the model',
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: github.serverUrl,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ENDPOINT_URL_SQS: objects.sqsEndpoint,
    AWS_ENDPOINT_URL_S3: objects.s3Endpoint,
    AWS_ENDPOINT_URL_ECS: ecs.endpoint,
    CODY_TABLE: 'cody',
    CODY_BUCKET: 'cody',
    CODY_QUEUE_INGEST: ingest.url,
    CODY_QUEUE_JOBS: jobsQueue.url,
    CODY_CLUSTER: 'cody',
    CODY_TASK: 'worker',
    CODY_PACING_MS: '0',
    CODY_GITHUB_MINUTE_MS: '1000',
    CODY_REPORT_DELAY_MS: '0',
    ...(policy === undefined ? {} : { CODY_POLICY: policy }),
  });
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const app = await wireApp({ config, log, now });
  const front = await startFront(objects.sqsEndpoint, ingest.url);
  github.setWebhookUrl(front.url);
  const table = createTable({ aws: at(dynamo.endpoint), name: 'cody' });
  const queues = {
    ingest: createQueue({ aws: at(objects.sqsEndpoint), url: ingest.url }),
    jobs: createQueue({ aws: at(objects.sqsEndpoint), url: jobsQueue.url }),
  };
  const handled: QueueRecord[] = [];
  const rest = createRest(github);
  return {
    app,
    github,
    ecs,
    table,
    bucket: createBucket({ aws: at(objects.s3Endpoint), name: 'cody' }),
    queues,
    installationId,
    appId,
    privateKey,
    front: front.url,
    handled,
    now,
    jobs: createJobStore({ table, now }),
    requests: createRequestStore({ table, now }),
    pass: (ms) => {
      ahead += ms;
    },
    issue: (owner, name) => ({
      owner,
      name,
      number: github.seed.issue({
        owner,
        name,
        title: 'Sums are wrong',
        body: 'sum(1, 2) gives -1',
        author: 'requester',
      }).number,
    }),
    comment: async ({ owner, name, number }, login, body) => {
      const made = await rest(login, `POST /repos/${owner}/${name}/issues/${number}/comments`, {
        body,
      });
      await github.settled();
      return (made as { id: number }).id;
    },
    requestOf: async ({ owner, name, number }) => {
      const repository = await rest('requester', `GET /repos/${owner}/${name}`);
      const { id } = repository as { id: number };
      const source = { repository: { id, owner, name, private: false }, issue_number: number };
      return createRequestStore({ table, now }).latestOf(source);
    },
    comments: async ({ owner, name, number }) => {
      const list = await rest(
        'requester',
        `GET /repos/${owner}/${name}/issues/${number}/comments?per_page=100`,
      );
      return (list as { user: { login: string }; body: string }[]).map(({ user, body }) => ({
        author: user.login,
        body,
      }));
    },
    reactions: async ({ owner, name }, id) => {
      const list = await rest('requester', `GET /repos/${owner}/${name}/issues/comments/${id}`);
      const { reactions } = list as { reactions: Record<string, unknown> };
      return Object.keys(reactions ?? {}).filter(
        (kind) => reactions[kind] === 1 && kind !== 'total_count',
      );
    },
    pump: () => pump(app, queues, handled),
    close: async () => {
      await github.settled();
      await new Promise((done) => front.server.close(done));
      await ecs.close();
      await github.close();
      await objects.close();
      await dynamo.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function pump(
  app: App,
  queues: RunningApp['queues'],
  handled: QueueRecord[],
): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  const drain = async (queue: Queue, handle: Handle) => {
    const messages = await queue.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 });
    for (const message of messages) {
      handled.push(message);
      await handle(message).catch((error: unknown) => errors.push(error));
      await queue.remove(message.receipt);
    }
    return messages.length;
  };
  for (let round = 0; round < 100; round += 1) {
    const count =
      (await drain(queues.ingest, app.ingest)) + (await drain(queues.jobs, app.dispatch));
    if (count === 0) return errors;
  }
  throw new Error('The queues never become empty');
}

async function startFront(sqs: string, queueUrl: string): Promise<{ url: string; server: Server }> {
  const receive = createReceive({
    secrets: [webhookSecret],
    send: createSendWebhook({
      queueUrl,
      region: aws.region,
      endpoint: sqs,
      credentials: () => aws.credentials,
    }),
    log: () => undefined,
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      void receive({ headers, body: Buffer.concat(chunks) }).then(({ status, body }) =>
        response.writeHead(status).end(body),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}/`, server };
}

async function seed({ seed }: GithubStandin) {
  for (const login of ['writer', 'reader', 'outsider']) seed.user({ login });
  seed.user({ login: 'requester', id: 4242 });
  seed.organization({ login: 'acme', members: ['writer'] });
  seed.organization({ login: 'globex', members: [] });
  const collaborators = { requester: 'write', writer: 'write', reader: 'read' } as const;
  const files = { 'README.md': '# sums\n' };
  for (const name of ['web', 'api', 'one', 'two'])
    await seed.repository({ owner: 'acme', name, collaborators, files });
  await seed.repository({ owner: 'acme', name: 'secret', private: true, collaborators, files });
  await seed.repository({ owner: 'acme', name: 'vault', private: true, files });
  await seed.repository({ owner: 'acme', name: 'old', archived: true, collaborators, files });
  await seed.repository({ owner: 'acme', name: 'bare', collaborators });
  await seed.repository({ owner: 'acme', name: 'readonly', files });
  await seed.repository({ owner: 'globex', name: 'partner', collaborators, files });
  await seed.repository({ owner: 'outsider', name: 'own', collaborators, files });
  const app = seed.app({
    slug: 'cody',
    name: 'Cody',
    permissions: {
      metadata: 'read',
      contents: 'write',
      issues: 'write',
      pull_requests: 'write',
      checks: 'write',
    },
    events: ['issue_comment', 'pull_request', 'pull_request_review', 'pull_request_review_comment'],
    webhookSecret,
  });
  const { id: installationId } = await seed.installation({ account: 'acme', repositories: 'all' });
  await seed.installation({ account: 'globex', repositories: 'all' });
  return { ...app, installationId };
}

function createRest(github: GithubStandin) {
  const tokens = new Map<string, string>();
  return async (login: string, operation: string, body?: unknown): Promise<unknown> => {
    const [method = 'GET', path = ''] = operation.split(' ');
    const token = tokens.get(login) ?? github.userToken(login);
    tokens.set(login, token);
    const answer = await fetch(new URL(path, github.url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'user-agent': 'tests',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}
