import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import { createGithub } from '../../../core/github/octokit.ts';
import { createBrokerClient } from '../../../worker/broker-client.ts';

/** A server that takes every request and answers none; `asked` counts them. */
async function silentServer() {
  const seen = { asked: 0 };
  const server = createServer(() => {
    seen.asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, seen };
}

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
const stopped = () => new Stopped('lease_lost', 'worker_lost', 'Another attempt has it.');

it('ends a call to GitHub that hangs, with the reason of the signal, and asks no more', async () => {
  const { url, seen } = await silentServer();
  const abort = new AbortController();
  const github = createGithub({ baseUrl: url, log, pacing: 0, signal: abort.signal });
  const call = github.rest.meta.get();
  const reason = stopped();
  setTimeout(() => abort.abort(reason), 50);
  await expect(call).rejects.toBe(reason);
  await expect(github.rest.meta.get()).rejects.toBe(reason);
  expect(seen.asked).toBeLessThanOrEqual(1);
});

it('ends a question to the broker that hangs, with the reason of the signal', async () => {
  const { url } = await silentServer();
  const abort = new AbortController();
  const broker = createBrokerClient({ url, jobId: 'abcdefghjk-1', attempt: 1, key: 'k' });
  const reason = stopped();
  setTimeout(() => abort.abort(reason), 50);
  await expect(broker.token('publish', abort.signal)).rejects.toBe(reason);
});
