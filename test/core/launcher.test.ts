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
