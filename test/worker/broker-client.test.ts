import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { TransientError, UserError } from '../../core/errors.ts';
import { createBrokerClient } from '../../worker/broker-client.ts';

type Answer = Readonly<{ status: number; body: string }>;

/** Gives its answers in turn, the last one for ever. */
async function broker(...answers: readonly Answer[]) {
  let asked = 0;
  const server = createServer((_, response) => {
    const { status, body } = answers[Math.min(asked, answers.length - 1)] ?? {
      status: 500,
      body: '',
    };
    asked += 1;
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((done) => server.close(() => done())));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const url = `http://127.0.0.1:${address.port}`;
  const task = { url, jobId: 'abcdefghjk-1', attempt: 1, key: 'k', waitsMs: [1, 1] };
  return { asked: () => asked, client: createBrokerClient(task) };
}

const crashed = { status: 502, body: 'Internal Server Error' };
const throttled = { status: 429, body: '{"Reason":"ConcurrentInvocationLimitExceeded"}' };

it('asks again while a gateway answers in place of the broker', async () => {
  const key = { status: 200, body: JSON.stringify({ type: 'model', api_key: 'k' }) };
  const { client, asked } = await broker(crashed, throttled, key);
  expect(await client.modelKey()).toBe('k');
  expect(asked()).toBe(3);
});

it('gives up after three questions', async () => {
  const { client, asked } = await broker(crashed);
  await expect(client.modelKey()).rejects.toThrow(TransientError);
  expect(asked()).toBe(3);
});

it('ends with the reason of a signal that comes while it waits', async () => {
  const { client } = await broker(crashed);
  const abort = new AbortController();
  const reason = new Error('cancelled');
  const asked = client.token('read', abort.signal);
  abort.abort(reason);
  await expect(asked).rejects.toBe(reason);
});

it('takes the refusal of the broker at its word', async () => {
  const refusal = { type: 'refused', code: 'permission_lost', sentence: 'No.', transient: false };
  const { client, asked } = await broker({ status: 403, body: JSON.stringify(refusal) });
  await expect(client.token('read')).rejects.toThrow(UserError);
  expect(asked()).toBe(1);
});
