import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransientError } from '../../core/errors.ts';
import { createQueue, ensureQueue } from '../../core/queue.ts';
import { startQueuesAndObjects } from '../../local/engines/sqs-s3.ts';
import { startPoller } from '../../local/poller.ts';

const log = pino({ level: 'silent' });
let dataDir: string;
let engine: Awaited<ReturnType<typeof startQueuesAndObjects>>;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'cody-poller-'));
  engine = await startQueuesAndObjects({ dataDir, durableQueues: ['ingest'], log });
});
afterAll(async () => {
  await engine.close();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a message whose handler was told how long to wait', () => {
  it('comes again after that, long before its time-out', async () => {
    const aws = {
      region: 'us-east-1',
      endpoint: engine.sqsEndpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const visibilitySeconds = 600;
    const { url } = await ensureQueue({ aws, name: 'ingest', maxReceives: 5, visibilitySeconds });
    const queue = createQueue({ aws, url });
    await queue.send({ type: 'wake' });
    const receives: number[] = [];
    const again = Promise.withResolvers<void>();
    const poller = startPoller({
      queue,
      concurrency: 1,
      visibilitySeconds,
      log,
      handle: async (message) => {
        receives.push(message.receives);
        if (receives.length === 1)
          throw new TransientError('github_unavailable', 'Later.', { retryAfterMs: 900 });
        again.resolve();
      },
    });
    await again.promise;
    await poller.close();
    expect(receives).toEqual([1, 2]);
    expect(await queue.depth()).toBe(0);
  });
});

describe('a message whose handler takes longer than its time-out', () => {
  it('is not delivered a second time meanwhile', async () => {
    const aws = {
      region: 'us-east-1',
      endpoint: engine.sqsEndpoint,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    };
    const visibilitySeconds = 1;
    const { url } = await ensureQueue({ aws, name: 'slow', maxReceives: 5, visibilitySeconds });
    const queue = createQueue({ aws, url });
    await queue.send({ type: 'wake' });
    let receives = 0;
    const done = Promise.withResolvers<void>();
    const poller = startPoller({
      queue,
      concurrency: 2,
      visibilitySeconds,
      log,
      handle: async () => {
        receives += 1;
        await sleep(2_500);
        done.resolve();
      },
    });
    await done.promise;
    await poller.close();
    expect(receives).toBe(1);
    expect(await queue.depth()).toBe(0);
  });
});
