import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { BrokerRequest } from '../../core/broker-protocol.ts';
import { createLauncher } from '../../core/launcher.ts';

const spec = { jobId: 'abcdefghjk-1', attempt: 1, attemptKey: 'k'.repeat(43) };

/** A launcher whose ECS answers every call in one way. What it was sent is added to `heard`. */
async function launcherOf(status: number, answer: object, heard: string[] = []) {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('end', () => {
      heard.push(body);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return createLauncher({
    aws: {
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${address.port}`,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    cluster: 'cody',
    taskDefinition: 'worker',
    container: 'worker',
  });
}

it.each([
  ['ServerException', 'Server error', 'busy'],
  ['ThrottlingException', 'Rate exceeded', 'busy'],
  [
    'InvalidParameterException',
    'Error retrieving security group information for [sg-0a1b]: Request limit exceeded. (ErrorCode: RequestLimitExceeded)',
    'busy',
  ],
  [
    'ClientException',
    "You've reached the limit on the number of vCPUs you can run concurrently",
    'busy',
  ],
  ['AccessDeniedException', 'User is not authorized to perform: ecs:RunTask', 'failed'],
  ['ClusterNotFoundException', 'Cluster not found.', 'failed'],
  ['InvalidParameterException', 'No Fargate configuration exists for given values', 'failed'],
  ['BlockedException', 'Your account is currently blocked.', 'failed'],
  ['NewException', 'Something that nobody has heard of', 'failed'],
] as const)('takes %s (%s) for %s', async (type, message, result) => {
  const launcher = await launcherOf(type === 'ServerException' ? 500 : 400, {
    __type: type,
    message,
  });
  expect(await launcher.ensure(spec)).toEqual({ type: result, reason: type });
});

it.each([
  [
    'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    'busy',
  ],
  ['You’ve reached the limit on the number of vCPUs you can run concurrently', 'busy'],
  [
    "You've reached the limit on the number of vCPUs you can run concurrently. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    'busy',
  ],
  ["You've reached the limit on the number of tasks you can run concurrently", 'busy'],
  ['RESOURCE:MEMORY', 'busy'],
  ['AGENT', 'busy'],
  // Larger than the whole quota: it fits when an operator has asked for more, and not before.
  ['The requested CPU configuration is above your limit', 'failed'],
  ['The requested MEMORY configuration is above your limit', 'failed'],
  ['ATTRIBUTE', 'failed'],
  ['LIMIT', 'failed'],
] as const)('takes the failure "%s" for %s', async (reason, result) => {
  const launcher = await launcherOf(200, { tasks: [], failures: [{ reason }] });
  expect(await launcher.ensure(spec)).toEqual({ type: result, reason });
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
  await launcher.ensure(spec);
  await launcher.ensure({ ...spec, steady: true });
  expect(
    asked.map(({ launchType, capacityProviderStrategy }) => [launchType, capacityProviderStrategy]),
  ).toEqual([
    [undefined, [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }]],
    ['FARGATE', undefined],
  ]);
});

it('stays far below the length of overrides that RunTask takes, with everything at its longest', async () => {
  const heard: string[] = [];
  const launcher = await launcherOf(200, { tasks: [{ taskArn: 'task' }] }, heard);
  // The broker takes no longer ids and keys; the size is Fargate's largest.
  const { job_id, key } = BrokerRequest.shape;
  await launcher.ensure({
    jobId: 'j'.repeat(job_id.maxLength ?? 0),
    attempt: Number.MAX_SAFE_INTEGER,
    attemptKey: 'k'.repeat(key.maxLength ?? 0),
    size: { cpu: 16_384, memory_mib: 122_880 },
    steady: true,
  });
  const { overrides } = z.object({ overrides: Overrides }).parse(JSON.parse(heard[0] ?? ''));
  const [{ environment }] = overrides.containerOverrides;
  expect(environment.map(({ name }) => name)).toEqual([
    'CODY_JOB_ID',
    'CODY_ATTEMPT',
    'CODY_ATTEMPT_KEY',
  ]);
  expect(environment[0].value).toHaveLength(64);
  // Amazon ECS API reference, TaskOverride: 8192 characters of JSON.
  expect(JSON.stringify(overrides).length).toBeLessThan(8_192 / 8);
});

const Setting = z.object({ name: z.string(), value: z.string() });
const Overrides = z.looseObject({
  containerOverrides: z.tuple([z.looseObject({ environment: z.tuple([Setting]).rest(Setting) })]),
});
