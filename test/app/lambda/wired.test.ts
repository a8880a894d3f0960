import { createServer } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';
import { ConfigError } from '../../../core/config.ts';
import { createWired } from '../../../app/lambda/wired.ts';

/** A Parameter Store, and a function whose keys stand in it. */
async function keyed(stored: Record<string, string>) {
  const state = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const names: string[] = JSON.parse(Buffer.concat(chunks).toString()).Names;
      const Parameters = names.flatMap((Name) =>
        stored[Name] === undefined ? [] : [{ Name, Value: stored[Name] }],
      );
      response.writeHead(state.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ Parameters, __type: 'ValidationException' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', `http://127.0.0.1:${address.port}`);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  vi.stubEnv('PRIVATE_KEY', 'ssm:/cody/PRIVATE_KEY');
  vi.stubEnv('ANTHROPIC_API_KEY', 'ssm:/cody/ANTHROPIC_API_KEY');
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const clock = { now: 1_000_000 };
  let wirings = 0;
  const keys = createWired({
    name: 'broker',
    readConfig: ({ PRIVATE_KEY: app, ANTHROPIC_API_KEY: model }) => {
      if (!app?.startsWith('app')) throw new ConfigError([`PRIVATE_KEY is malformed: ${app}`]);
      return { logLevel: 'info', metrics: 'CodyBatch/test', secrets: [], app, model };
    },
    wire: ({ app, model }) => {
      wirings += 1;
      return { app, model };
    },
    now: () => clock.now,
  });
  return { keys, clock, state, wirings: () => wirings };
}

const stored = () => ({ '/cody/PRIVATE_KEY': 'app 1', '/cody/ANTHROPIC_API_KEY': 'model 1' });
const minutes = 60_000;

it('has the new key of the App and of the model five minutes after it was stored', async () => {
  const values = stored();
  const { keys, clock } = await keyed(values);
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
  Object.assign(values, { '/cody/PRIVATE_KEY': 'app 2', '/cody/ANTHROPIC_API_KEY': 'model 2' });
  clock.now += 4 * minutes;
  // Both are good at their makers' until the old one is deleted there, which docs/operate.md puts last.
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
  clock.now += 1 * minutes;
  expect(await keys()).toEqual({ app: 'app 2', model: 'model 2' });
});

it('is not wired again while no key has changed', async () => {
  const { keys, clock, wirings } = await keyed(stored());
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-first');
  await keys();
  clock.now += 6 * minutes;
  // As Lambda does with each invocation.
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-second');
  await keys();
  expect(wirings()).toBe(1);
});

it('goes on with the keys that it has while the store does not answer, and takes the new one after', async () => {
  const values = stored();
  const { keys, clock, state } = await keyed(values);
  await keys();
  Object.assign(values, { '/cody/ANTHROPIC_API_KEY': 'model 2' });
  state.status = 400;
  clock.now += 5 * minutes;
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
  state.status = 200;
  clock.now += 5 * minutes;
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 2' });
});

it('goes on with the keys that it has when a changed one cannot be used, and pages by its name alone', async () => {
  const values = stored();
  const { keys, clock } = await keyed(values);
  await keys();
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => written.mockRestore());
  Object.assign(values, { '/cody/PRIVATE_KEY': 'pasted wrongly' });
  vi.stubEnv('_X_AMZN_TRACE_ID', 'Root=1-another');
  clock.now += 5 * minutes;
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
  expect(written).toHaveBeenCalledTimes(1);
  const line = String(written.mock.calls[0]?.[0]);
  expect(JSON.parse(line)).toMatchObject({
    level: 'error',
    parameters: ['PRIVATE_KEY'],
    SettingsRefused: 1,
  });
  expect(line).not.toContain('pasted');

  Object.assign(values, { '/cody/PRIVATE_KEY': 'app 2' });
  clock.now += 5 * minutes;
  expect(await keys()).toEqual({ app: 'app 2', model: 'model 1' });
});

it('says what is wrong when nothing has worked yet, and tries again', async () => {
  const values = { ...stored(), '/cody/PRIVATE_KEY': 'wrong' };
  const { keys } = await keyed(values);
  await expect(keys()).rejects.toThrow(ConfigError);
  Object.assign(values, stored());
  expect(await keys()).toEqual({ app: 'app 1', model: 'model 1' });
});
