import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createTaskSigner } from '../../worker/task-signer.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

/** The address inside of a task that hands out its role's credentials. */
async function credentialsHost(lastsMs: number) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const Expiration = new Date(now + lastsMs).toISOString();
    const key = { AccessKeyId: `AKID${asked.length}`, SecretAccessKey: 'secret', Token: 'token' };
    response.end(JSON.stringify({ ...key, Expiration }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((done) => server.close(() => done())));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { asked, credentialsHost: `http://127.0.0.1:${address.port}` };
}

const broker = 'https://broker.lambda-url.eu-central-1.on.aws/';
const secrets: string[] = [];
const task = {
  region: 'eu-central-1',
  credentialsUri: '/v2/credentials/1',
  now: () => now,
  register: (secret: string) => secrets.push(secret),
};

it('signs a call of the broker as the role of the task, and asks for its credentials once', async () => {
  const host = await credentialsHost(3_600_000);
  const sign = createTaskSigner({ ...task, credentialsHost: host.credentialsHost });
  const headers = await sign(broker, '{}');
  await sign(broker, '{"other":1}');
  expect(host.asked).toEqual(['/v2/credentials/1']);
  expect(headers).toMatchObject({
    'content-type': 'application/json',
    'x-amz-security-token': 'token',
    authorization: expect.stringContaining('Credential=AKID1/20260101/eu-central-1/lambda/aws4_'),
  });
  expect(headers).not.toHaveProperty('host');
  // What is known as a secret is published and logged nowhere.
  expect(secrets).toEqual(['secret', 'token']);
});

it('asks again for credentials that are about to end', async () => {
  const host = await credentialsHost(60_000);
  const sign = createTaskSigner({ ...task, credentialsHost: host.credentialsHost });
  await sign(broker, '{}');
  const { authorization } = await sign(broker, '{}');
  expect(host.asked).toHaveLength(2);
  expect(authorization).toContain('AKID2');
});

it('refuses to sign where the task has no credentials', async () => {
  const sign = createTaskSigner({ ...task, credentialsUri: undefined });
  await expect(sign(broker, '{}')).rejects.toThrow('no credentials');
});
