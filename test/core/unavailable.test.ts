import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createBucket } from '../../core/bucket.ts';
import { TransientError } from '../../core/errors.ts';
import { createTable } from '../../core/store/table.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
});

/** A service behind a front that answers 503 with a page, or otherwise. */
async function brokenService(status = 503, type = 'text/html', body = '<html>unavailable</html>') {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return { region: 'us-east-1', endpoint: `http://127.0.0.1:${String(port)}`, credentials };
}

describe('a service that does not answer as it should', () => {
  it('makes a write to the bucket a failure that may pass', async () => {
    const bucket = createBucket({ aws: await brokenService(), name: 'cody' });
    await expect(bucket.put('patch', 'x')).rejects.toThrow(TransientError);
  });

  it('makes a read of the bucket a failure that may pass', async () => {
    const bucket = createBucket({ aws: await brokenService(), name: 'cody' });
    const pointer = { key: 'patch/00/0', sha256: '0', bytes: 1 };
    await expect(bucket.get(pointer)).rejects.toThrow(TransientError);
  });

  it('makes a call of the table a failure that may pass', async () => {
    const table = createTable({ aws: await brokenService(), name: 'cody' });
    await expect(table.get({ pk: 'a', sk: 'b' })).rejects.toThrow(TransientError);
    await expect(table.transact([{ type: 'put', item: { pk: 'a', sk: 'b' } }])).rejects.toThrow(
      TransientError,
    );
  });

  it('makes an answer of the table that breaks off a failure that may pass', async () => {
    const aws = await brokenService(200, 'application/x-amz-json-1.0', '{"Item":{"pk":{"S":"a');
    const table = createTable({ aws, name: 'cody' });
    await expect(table.get({ pk: 'a', sk: 'b' })).rejects.toThrow(TransientError);
  });

  it('makes other bytes than the pointer names a failure that may pass', async () => {
    const aws = await brokenService(200, 'application/octet-stream', 'half of i');
    const bucket = createBucket({ aws, name: 'cody' });
    const pointer = { key: 'patch/00/0', sha256: '0', bytes: 12 };
    await expect(bucket.get(pointer)).rejects.toThrow(TransientError);
  });
});
