import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { expect, it, onTestFinished, vi } from 'vitest';

const secret = 'the secret that GitHub has';

/** The function as it is deployed, its Parameter Store, and its clock. */
async function deployed(stored: Record<string, string>) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      const Parameters = Object.entries(stored).map(([Name, Value]) => ({ Name, Value }));
      response.end(JSON.stringify({ Parameters }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', `http://127.0.0.1:${address.port}`);
  vi.stubEnv('CODY_QUEUE_INGEST', 'https://sqs.example/ingest');
  vi.stubEnv('CODY_METRICS', 'CodyBatch/test');
  vi.stubEnv('WEBHOOK_SECRET', 'ssm:/secret');
  vi.stubEnv('WEBHOOK_SECRET_PREVIOUS', 'ssm:/before');
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(async () => {
    written.mockRestore();
    vi.unstubAllEnvs();
    vi.useRealTimers();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  vi.resetModules();
  const { handler } = await import('../../../app/lambda/receive.ts');
  const refused = () =>
    written.mock.calls
      .map(([line]) => String(line))
      .filter((line) => line.includes('"SettingsRefused":1'));
  return { refused, ping: () => handler(signedPing()) };
}

function signedPing() {
  const body = '{"zen":"Keep it logically awesome."}';
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    headers: {
      'x-github-event': 'ping',
      'x-github-delivery': 'b5c0f7a2',
      'x-hub-signature-256': `sha256=${signature}`,
    },
    body,
  };
}

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);

it('takes webhooks seconds after the secret was stored for the first time', async () => {
  const stored: Record<string, string> = {};
  const { ping } = await deployed(stored);
  await expect(ping()).rejects.toThrow('secret is empty');
  stored['/secret'] = secret;
  wait(5_000);
  expect(await ping()).toMatchObject({ statusCode: 202 });
});

it('goes on with the secrets that it has when a changed one cannot be used, and says so', async () => {
  const stored: Record<string, string> = { '/secret': secret };
  const { ping, refused } = await deployed(stored);
  expect(await ping()).toMatchObject({ statusCode: 202 });
  expect(refused()).toEqual([]);
  stored['/before'] = 'too short';
  wait(5 * 60_000);
  expect(await ping()).toMatchObject({ statusCode: 202 });
  expect(refused()).toHaveLength(1);
  expect(refused()[0]).not.toContain('too short');
});
