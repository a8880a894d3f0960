import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { createLauncher } from '../../core/launcher.ts';

/** An ECS that answers every call with one error. */
async function failingEcs(status: number, type: string): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ __type: type, message: 'told so' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

it.each([
  [500, 'ServerException', 'busy'],
  [400, 'ThrottlingException', 'busy'],
  [400, 'AccessDeniedException', 'failed'],
  [400, 'ClusterNotFoundException', 'failed'],
] as const)('takes %i %s for %s', async (status, type, result) => {
  const launcher = createLauncher({
    aws: {
      region: 'us-east-1',
      endpoint: await failingEcs(status, type),
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    cluster: 'cody',
    taskDefinition: 'worker',
    container: 'worker',
  });
  const spec = { jobId: 'abcdefghjk-1', attempt: 1, attemptKey: 'k'.repeat(43) };
  expect(await launcher.ensure(spec)).toEqual({ type: result, reason: type });
});

type Asked = Readonly<{
  clientToken: string;
  startedBy: string;
  overrides: unknown;
  launchType?: string;
  capacityProviderStrategy?: unknown;
  networkConfiguration: { awsvpcConfiguration: { subnets: string[] } };
}>;

/** An ECS that starts everything, and keeps what it was asked for. */
async function willingEcs(spot = false) {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ tasks: [{ taskArn: `task/${asked.length}` }], failures: [] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const launcher = createLauncher({
    aws: {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${address.port}`,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    cluster: 'cody',
    taskDefinition: 'worker',
    container: 'worker',
    network: { subnets: ['subnet-a', 'subnet-b'], securityGroups: ['sg'], spot },
  });
  return { asked, launcher };
}

it('asks in the same words for the same attempt, as a repeated client token has to', async () => {
  const { asked, launcher } = await willingEcs();
  const spec = { jobId: 'abcdefghjk-1', attempt: 1, attemptKey: 'k'.repeat(43) };
  await launcher.ensure(spec);
  await launcher.ensure(spec);
  expect(asked[1]).toEqual(asked[0]);
  expect(asked[0]!.clientToken).toHaveLength(64);
  expect(asked[0]!.startedBy.length).toBeLessThanOrEqual(36);
  // The API reference of RunTask allows 8,192 characters; ids and a key need few of them.
  expect(JSON.stringify(asked[0]!.overrides).length).toBeLessThan(500);
});

it('begins with another zone for some of the starts, and never leaves one out', async () => {
  const { asked, launcher } = await willingEcs();
  for (const letter of 'abcdefgh')
    await launcher.ensure({ jobId: 'abcdefghjk-1', attempt: 1, attemptKey: letter.repeat(43) });
  const orders = asked.map(
    ({ networkConfiguration }) => networkConfiguration.awsvpcConfiguration.subnets,
  );
  expect(new Set(orders.map(([first]) => first)).size).toBe(2);
  expect(orders.every((order) => new Set(order).size === 2)).toBe(true);
});

it('takes spare capacity where it is set, but not again for a job that lost its host', async () => {
  const { asked, launcher } = await willingEcs(true);
  const spec = { jobId: 'abcdefghjk-1', attempt: 1, attemptKey: 'k'.repeat(43) };
  await launcher.ensure(spec);
  await launcher.ensure({ ...spec, steady: true });
  expect(
    asked.map(({ launchType, capacityProviderStrategy }) => [launchType, capacityProviderStrategy]),
  ).toEqual([
    [undefined, [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]],
    ['FARGATE', undefined],
  ]);
});
