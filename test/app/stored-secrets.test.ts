import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createStoredSecrets } from '../../app/stored-secrets.ts';

async function store(values: Record<string, string>) {
  const asked: { target: unknown; body: unknown }[] = [];
  const state: { status: number; failures: number } = { status: 200, failures: 0 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      asked.push({ target: request.headers['x-amz-target'], body });
      const names: string[] = body.Names;
      const Parameters = names.flatMap((Name) =>
        values[Name] === undefined ? [] : [{ Name, Value: values[Name] }],
      );
      state.failures -= 1;
      response
        .writeHead(state.failures >= 0 ? 503 : state.status)
        .end(JSON.stringify({ Parameters }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((done) => server.close(() => done())));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const clock = { now: 1_000_000 };
  const secrets = createStoredSecrets({
    names: ['/one', '/before'],
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: () => ({ accessKeyId: 'local', secretAccessKey: 'local' }),
    now: () => clock.now,
  });
  return { asked, state, clock, secrets, values };
}

it('reads both secrets in one signed call, and leaves out the one that is not set', async () => {
  const { secrets, asked } = await store({ '/one': 'present' });
  expect(await secrets()).toEqual(['present']);
  expect(asked).toEqual([
    {
      target: 'AmazonSSM.GetParameters',
      body: { Names: ['/one', '/before'], WithDecryption: true },
    },
  ]);
});

it('takes both while one replaces the other, after five minutes at the latest', async () => {
  const { secrets, values, clock } = await store({ '/one': 'old' });
  expect(await secrets()).toEqual(['old']);
  Object.assign(values, { '/one': 'new', '/before': 'old' });
  expect(await secrets()).toEqual(['old']);
  clock.now += 5 * 60_000;
  expect(await secrets()).toEqual(['new', 'old']);
});

it('has the secret seconds after it was stored for the first time', async () => {
  const { secrets, values, clock, asked } = await store({ '/before': 'old' });
  expect(await secrets()).toEqual(['old']);
  expect(await secrets()).toEqual(['old']);
  expect(asked).toHaveLength(1);
  Object.assign(values, { '/one': 'new' });
  clock.now += 5_000;
  expect(await secrets()).toEqual(['new', 'old']);
});

it('does not take an outage for a secret that is there', async () => {
  const { secrets, values, state, clock } = await store({});
  expect(await secrets()).toEqual([]);
  state.status = 500;
  clock.now += 5_000;
  expect(await secrets()).toEqual([]);
  state.status = 200;
  Object.assign(values, { '/one': 'present' });
  clock.now += 5_000;
  expect(await secrets()).toEqual(['present']);
});

it('keeps what it has while the store does not answer', async () => {
  const { secrets, state, clock } = await store({ '/one': 'present' });
  await secrets();
  state.status = 500;
  clock.now += 10 * 60_000;
  expect(await secrets()).toEqual(['present']);
});

it('asks a second time when the store fails once', async () => {
  const { secrets, state, asked } = await store({ '/one': 'present' });
  state.failures = 1;
  expect(await secrets()).toEqual(['present']);
  expect(asked).toHaveLength(2);
});

it('takes the new secret seconds after the store answers again', async () => {
  const { secrets, state, clock, values } = await store({ '/one': 'old' });
  await secrets();
  state.status = 500;
  Object.assign(values, { '/one': 'new', '/before': 'old' });
  clock.now += 5 * 60_000;
  expect(await secrets()).toEqual(['old']);
  state.status = 200;
  clock.now += 5_000;
  expect(await secrets()).toEqual(['new', 'old']);
});

it('has nothing to give when the store has never answered', async () => {
  const { secrets, state } = await store({ '/one': 'present' });
  state.status = 400;
  await expect(secrets()).rejects.toThrow('400');
});
