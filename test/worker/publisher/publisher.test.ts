import { createServer, type IncomingMessage } from 'node:http';
import { Duplex } from 'node:stream';
import { json, text } from 'node:stream/consumers';
import { join } from 'node:path';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Stopped, TransientError, UserError } from '../../../core/errors.ts';
import { startProcess } from '../../../core/process.ts';
import { exitCode } from '../../../worker/job/exit-code.ts';
import type { CheckTask, PublisherAsk } from '../../../worker/publisher/protocol.ts';
import { createPublisher, PublisherLost } from '../../../worker/publisher/start-publisher.ts';
import { childEnv } from '../../support/child-env.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';

const token = 'ghs_the_token_of_this_publisher';
const key = 'k'.repeat(40);
type Asked = Readonly<{ call: string; as: string | undefined; body: unknown }>;
let asked: Asked[] = [];
/** What happens at the broker, before it answers. */
let atBroker: () => Promise<void> = async () => undefined;
/** How long GitHub asks us to wait, where it takes no check run. */
let retryAfter: string | undefined;

async function answerOf(request: IncomingMessage, body: unknown): Promise<unknown> {
  const { method, url } = request;
  asked.push({ call: `${method} ${url?.split('?')[0]}`, as: request.headers.authorization, body });
  if (url === '/broker') {
    await atBroker();
    const where = { owner: 'acme', name: 'web-app', permissions: { checks: 'write' } };
    return { type: 'token', token, expires_at: Date.now() + 3_600_000, ...where };
  }
  const run = {
    id: 5,
    html_url: 'https://github.example/run/5',
    name: 'Cody',
    status: 'completed',
  };
  return method === 'POST' ? run : { total_count: 0, check_runs: [] };
}

const server = createServer((request, response) => {
  void (async () => {
    const body = request.method === 'POST' ? await json(request) : undefined;
    const answer = JSON.stringify(await answerOf(request, body));
    response.setHeader('content-type', 'application/json');
    const refused = retryAfter !== undefined && request.url?.endsWith('/check-runs') === true;
    if (refused) response.setHeader('retry-after', retryAfter ?? '');
    const status = request.method === 'POST' ? 201 : 200;
    response.writeHead(refused ? 429 : status).end(answer);
  })();
});
let url = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
beforeEach(() => {
  asked = [];
  atBroker = async () => undefined;
  retryAfter = undefined;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function task(): CheckTask {
  const request = exampleRequest();
  const [job] = exampleJobs(request, { state: 'running', fence: 2 });
  return {
    type: 'check',
    broker: { url: `${url}/broker`, auth: 'none', region: 'r', job_id: job!.id, attempt: 1, key },
    secrets: [key, 'sk-ant-of-the-model'],
    github: { api_url: url, server_url: 'https://github.example', timeout_ms: 5_000 },
    retry_delay_ms: 1,
    links: { hosts: [] },
    log: { level: 'silent' },
    job: {
      ...job!,
      state: 'failed',
      cause: { code: 'stuck', sentence: 'It was sk-ant-of-the-model.' },
    },
    request,
    thread: {
      request_id: request.id,
      job_id: job!.id,
      repository: 'acme/web-app',
      base_sha: job!.base_sha,
      requester: 'requester',
      prompt: 'Fix it',
      model: request.model,
      effort: request.effort,
      events: [],
    },
  };
}

const main = join(import.meta.dirname, '../../../worker/publisher/main.ts');
const publisher = createPublisher(childEnv);

function host(answer: (ask: PublisherAsk) => Promise<void> = async () => undefined) {
  const stop = new AbortController();
  const asks: PublisherAsk[] = [];
  return {
    stop: stop.signal,
    abort: (reason: Error) => stop.abort(reason),
    asks,
    note: () => undefined,
    answer: (ask: PublisherAsk) => {
      asks.push(ask);
      return answer(ask);
    },
  };
}

it('writes with a token of its own, after it has asked for leave, and gives the token back', async () => {
  const attempt = host();
  await publisher(task(), attempt);
  expect(asked.map(({ call }) => call)).toEqual([
    'POST /broker',
    `GET /repos/acme/web-app/commits/${'a'.repeat(40)}/check-runs`,
    'POST /repos/acme/web-app/check-runs',
    'DELETE /installation/token',
  ]);
  expect(asked[0]?.body).toMatchObject({ key, want: 'check' });
  expect(asked.slice(1).map(({ as }) => as)).toEqual([1, 2, 3].map(() => `token ${token}`));
  expect(attempt.asks.map(({ type }) => type)).toEqual(['fence', 'pace', 'record']);
  expect(JSON.stringify(attempt.asks)).not.toContain(token);
  // The values that the attempt knows are not published here either.
  expect(JSON.stringify(asked[2]?.body)).toContain('It was [redacted]');
});

it('writes nothing for an attempt that has lost its hold, which hears why', async () => {
  const lost = new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.');
  const attempt = host(({ type }) => (type === 'fence' ? Promise.reject(lost) : Promise.resolve()));
  await expect(publisher(task(), attempt)).rejects.toEqual(lost);
  expect(asked.filter(({ call }) => call.includes('POST /repos'))).toEqual([]);
});

it('ends what it waits for when it is told to, with the reason', async () => {
  const attempt = host();
  const told = new Stopped('shutdown', 'worker_lost', 'The worker was told to stop.');
  atBroker = () => {
    attempt.abort(told);
    return new Promise(() => undefined);
  };
  await expect(publisher(task(), attempt)).rejects.toEqual(told);
  await expect(publisher(task(), attempt)).rejects.toBe(told);
});

it('hands over what a person has to settle', async () => {
  const settle = new UserError('github_forbidden', 'The App may not.', { next: 'Allow it.' });
  await expect(
    publisher(
      task(),
      host(() => Promise.reject(settle)),
    ),
  ).rejects.toEqual(settle);
});

it('tells of a limit of GitHub without a time to wait when that is no number', async () => {
  retryAfter = '1e306';
  const attempt = host();
  const failed = await publisher(task(), attempt).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(TransientError);
  expect(failed).toMatchObject({ code: 'github_unavailable', retryAfterMs: undefined });
  expect(attempt.asks.map(({ type }) => type)).not.toContain('slow_down');
});

/** The publishers that run now. */
function publishers(): readonly number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('publisher/main.ts'));
}

const signalAll = (signal: NodeJS.Signals) => {
  for (const pid of publishers()) process.kill(pid, signal);
};

it('is missed when it ends before its work, and how it ended is told', async () => {
  atBroker = async () => signalAll('SIGKILL');
  const lost = await publisher(task(), host()).catch((error: unknown) => error);
  expect(lost).toBeInstanceOf(PublisherLost);
  expect(lost).toMatchObject({ end: { signal: 'SIGKILL' } });
  expect([exitCode(lost), exitCode(new PublisherLost('x')), exitCode(1)]).toEqual([137, 1, 1]);
});

it('is ended when it hangs: soon after it was told to stop, or after all its time', async () => {
  const attempt = host();
  const told = new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.');
  atBroker = async () => {
    signalAll('SIGSTOP');
    attempt.abort(told);
  };
  await expect(createPublisher(childEnv, { stopMs: 50 })(task(), attempt)).rejects.toBe(told);
  const longest = createPublisher(childEnv, { longestMs: 50 })(task(), host());
  await expect(longest).rejects.toThrow(new PublisherLost('The publisher took too long'));
  expect(publishers()).toEqual([]);
});

it('is not started for a task that cannot be told', async () => {
  const endless = { ...task(), model_note: 1n } as unknown as CheckTask;
  await expect(publisher(endless, host())).rejects.toThrow(TypeError);
  expect(publishers()).toEqual([]);
});

it('does nothing for a task that it does not understand, and says what is wrong with it', async () => {
  const running = startProcess({
    command: process.execPath,
    args: [main],
    env: childEnv,
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  const pipe = running.descriptor(3);
  if (!(pipe instanceof Duplex)) throw new Error('no pipe');
  pipe.write(`${JSON.stringify({ type: 'task', task: { ...task(), secrets: key } })}\n`);
  const said = running.stdout && (await text(running.stdout));
  expect(said).toContain('malformed at task.secrets');
  expect(said).not.toContain(key);
  expect(asked).toEqual([]);
});

it('ends at once when its attempt is gone', async () => {
  const running = startProcess({
    command: process.execPath,
    args: [main],
    env: childEnv,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  running.descriptor(3)?.destroy();
  expect(await running.exited).toEqual({ exitCode: 1, signal: null });
});

it('is the only one that asks for a token that may write', () => {
  const root = join(import.meta.dirname, '../../..');
  const asking = globSync('worker/**/*.ts', { cwd: root }).filter((path) =>
    /want: '(?:publish|check)'/.test(readFileSync(join(root, path), 'utf8')),
  );
  expect(asking).toEqual(['worker/publisher/run-task.ts']);
});
