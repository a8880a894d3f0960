import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBucket } from '../../../core/bucket.ts';
import { TransientError, UserError } from '../../../core/errors.ts';
import { githubFailure } from '../../../core/github/failure.ts';
import { createGithub } from '../../../core/github/octokit.ts';
import { createLauncher } from '../../../core/launcher.ts';
import { createQueue } from '../../../core/queue.ts';
import { createTable } from '../../../core/store/table.ts';
import { createAnthropicModel } from '../../../worker/agent/anthropic-model.ts';
import { createBrokerClient } from '../../../worker/broker-client.ts';
import { sendAnswer } from '../send-answer.ts';
import { serviceOf } from '../call-name.ts';
import { anthropicFaults } from './anthropic.ts';
import { type WireAnswer, jsonAnswer, textAnswer } from './answers.ts';
import { dynamodbFaults, ecsFaults, s3Faults, sqsFaults } from './aws.ts';
import { brokerFaults } from './broker.ts';
import type { Fault, FaultCall } from './fault.ts';
import { githubFaults } from './github.ts';
import { httpFaults } from './network.ts';

/** What each case asks for stands behind a prefix of its own, so that all can run at the same time. */
const playing = new Map<string, { fault: Fault; upstream: WireAnswer; hits: number }>();
let origin = '';

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy());
});

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const [, key = '', path = ''] = /^\/([a-z]+\d+)(.*)$/.exec(request.url ?? '') ?? [];
  const played = playing.get(key);
  if (!played) return void response.destroy();
  const { method = 'GET', headers } = request;
  const wire = { method, path: path === '' ? '/' : path, headers, body: Buffer.concat(chunks) };
  const call: FaultCall = { service: serviceOf(wire), from: 'worker', name: path, request: wire };
  const strike = played.fault.begin().strike(call);
  played.hits += 1;
  switch (strike.type) {
    case 'reply':
      return sendAnswer(response, strike.answer);
    case 'change':
      return sendAnswer(response, strike.answer(played.upstream));
    case 'cut':
      return void response.socket?.resetAndDestroy();
    case 'delay':
    case 'refuse':
      throw new Error('Nothing is delayed here');
  }
}

beforeAll(
  () =>
    new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
        resolve();
      });
    }),
);
afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

let count = 0;

function play(fault: Fault, upstream: WireAnswer = jsonAnswer(200, {})) {
  count += 1;
  const key = `case${count}`;
  const entry = { fault, upstream, hits: 0 };
  playing.set(key, entry);
  const endpoint = `${origin}/${key}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { entry, endpoint, aws: { region: 'us-east-1', endpoint, credentials } };
}

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const named = (faults: readonly Fault[], call: FaultCall) =>
  faults.filter((fault) => fault.meets(call)).map((fault) => [fault.name, fault] as const);

const aCall = (
  service: FaultCall['service'],
  request: Partial<FaultCall['request']>,
): FaultCall => ({
  service,
  from: 'worker',
  name: '',
  request: { method: 'POST', path: '/', headers: {}, body: Buffer.alloc(0), ...request },
});

describe.concurrent('the table', () => {
  const headers = { 'x-amz-target': 'DynamoDB_20120810.TransactWriteItems' };
  const faults = named([...httpFaults, ...dynamodbFaults], aCall('dynamodb', { headers }));

  it.each(faults)('is unavailable for now: %s', async (_, fault) => {
    const { aws, entry } = play(fault, jsonAnswer(200, { ConsumedCapacity: [] }));
    const table = createTable({ aws, name: 'table' });
    const item = { pk: 'a', sk: 'b' };
    expect(await failureOf(table.transact([{ type: 'put', item }]))).toBeInstanceOf(TransientError);
    expect(entry.hits).toBeGreaterThan(0);
  });
});

describe.concurrent('the bucket', () => {
  const faults = named([...httpFaults, ...s3Faults], aCall('s3', { method: 'GET' }));

  it.each(faults)('gives no wrong object: %s', async (_, fault) => {
    const { aws, entry } = play(fault, textAnswer(200, 'hello world', {}));
    const bucket = createBucket({ aws, name: 'bucket' });
    const sha256 = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
    const error = await failureOf(bucket.get({ key: 'a', sha256, bytes: 11 }));
    expect(error).toBeInstanceOf(fault.kind === 'passing' ? TransientError : Error);
    expect(entry.hits).toBeGreaterThan(0);
  });
});

describe.concurrent('the queue', () => {
  const headers = { 'x-amz-target': 'AmazonSQS.SendMessage' };

  it.each(named(sqsFaults, aCall('sqs', { headers })))('says %s', async (name, fault) => {
    const { aws } = play(fault);
    const queue = createQueue({ aws, url: 'http://localhost/queue' });
    const error = await failureOf(queue.send({}));
    expect(String(error)).toContain(name.split(' ').at(-1));
  });
});

describe.concurrent('ECS', () => {
  const headers = { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.RunTask' };
  const task = jsonAnswer(200, { tasks: [{ taskArn: 'arn:aws:ecs:task/1' }] });

  it.each(named(ecsFaults, aCall('ecs', { headers })))(
    'starts no task: %s',
    async (name, fault) => {
      const { aws } = play(fault, task);
      const launcher = createLauncher({
        aws,
        cluster: 'cody',
        taskDefinition: 'worker',
        container: 'worker',
      });
      const spec = { jobId: 'abcdefghjk-1', attempt: 1, attemptKey: 'k'.repeat(43) };
      const adopted = name.startsWith('Conflict');
      const type = adopted ? 'started' : fault.kind === 'passing' ? 'busy' : 'failed';
      expect(await launcher.ensure(spec)).toMatchObject({ type });
    },
  );
});

describe.concurrent('GitHub', () => {
  const routes = [
    ['GET', '/repos/acme/web/git/ref/heads/main'],
    ['POST', '/repos/acme/web/git/refs'],
    ['PATCH', '/repos/acme/web/git/refs/heads/main'],
    ['POST', '/repos/acme/web/pulls'],
    ['POST', '/repos/acme/web/git/trees'],
    ['POST', '/repos/acme/web/git/commits'],
    ['POST', '/repos/acme/web/check-runs'],
    ['POST', '/repos/acme/web/issues/1/comments'],
  ] as const;
  const cases = routes.flatMap(([method, path], index) =>
    named([...httpFaults, ...githubFaults], aCall('github', { method, path }))
      // What every route says is tried with a read and with a write.
      .filter(([, fault]) => index < 2 || fault.kind === 'final')
      .map(([name, fault]) => ({ title: `${method} ${path}: ${name}`, method, path, fault })),
  );

  it.each(cases)('is understood: $title', async ({ method, path, fault }) => {
    const { endpoint } = play(fault, jsonAnswer(200, { ref: 'refs/heads/main', object: {} }));
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const github = createGithub({ baseUrl: endpoint, log, token: 't', pacing: 0, retryDelayMs: 1 });
    const failure = await github.request(`${method} ${path}`).then(
      () => undefined,
      (error: unknown) => githubFailure(error),
    );
    const passes = failure instanceof TransientError;
    const final = failure instanceof UserError || fault.name === '409 repository empty';
    expect(failure).toBeDefined();
    expect({ passes, final }).toEqual({
      passes: fault.kind === 'passing' && fault.name !== '401 for 5 s',
      final: fault.kind === 'final' || fault.name === '401 for 5 s',
    });
  });
});

describe.concurrent('the model', () => {
  const events = [
    ['message_start', { message: { id: 'm', role: 'assistant', content: [], usage: {} } }],
    ['content_block_start', { index: 0, content_block: { type: 'text', text: '' } }],
    ['content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Hi' } }],
    ['content_block_stop', { index: 0 }],
    ['message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } }],
    ['message_stop', {}],
  ] as const;
  const stream = events
    .map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
    .join('');
  const whole = textAnswer(200, stream, { 'content-type': 'text/event-stream' });
  const retryable = [
    'rate_limited',
    'overloaded',
    'server_error',
    'connection',
    'broken',
    'stalled',
  ];
  const call = aCall('anthropic', { path: '/v1/messages' });

  it.each(named([...httpFaults, ...anthropicFaults], call))(
    'is understood: %s',
    async (name, fault) => {
      const { endpoint } = play(fault, whole);
      const model = createAnthropicModel({ apiKey: 'k', baseURL: endpoint });
      const reply = await model(
        {
          model: 'claude-sonnet-5-5',
          effort: 'low',
          system: 'You are a test.',
          tools: [],
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
          max_tokens: 4_000,
          cache_ttl: '5m',
        },
        new AbortController().signal,
      );
      if (name === 'pings and unknown events') return expect(reply.type).toBe('answer');
      if (reply.type !== 'failure')
        return expect.fail('An answer that is not whole passed for one');
      expect(retryable.includes(reply.error)).toBe(fault.kind === 'passing');
    },
  );
});

describe.concurrent('the broker', () => {
  it.each(named([...httpFaults, ...brokerFaults], aCall('broker', {})))(
    'gives no token: %s',
    async (_, fault) => {
      const { endpoint } = play(fault, jsonAnswer(200, { type: 'model', api_key: 'k' }));
      const broker = createBrokerClient({
        url: endpoint,
        jobId: 'abcdefghjk-1',
        attempt: 1,
        key: 'k'.repeat(43),
        waitsMs: [],
      });
      const kind = fault.kind === 'passing' ? TransientError : UserError;
      expect(await failureOf(broker.modelKey())).toBeInstanceOf(kind);
    },
  );
});
