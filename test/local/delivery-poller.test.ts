import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebhookMessage } from '../../app/receive.ts';
import { createGithub } from '../../core/github/octokit.ts';
import { startDeliveryPoller } from '../../local/delivery-poller.ts';

const log = pino({ level: 'silent' });
const silent = () => undefined;
const comment = { action: 'created', comment: { body: '/cody fix it' }, issue: { number: 1 } };

/** The App's recorded deliveries by id; `gone` is listed and cannot be read any more. */
let deliveries: Map<number, unknown>;
let folder: string;
let server: Server;

beforeEach(async () => {
  deliveries = new Map();
  folder = await mkdtemp(join(tmpdir(), 'cody-poller-'));
  server = createServer((request, response) => {
    const [, id] = /deliveries\/(\d+)/.exec(request.url ?? '') ?? [];
    const payload = deliveries.get(Number(id));
    const listed = [...deliveries.keys()]
      .toSorted((a, b) => b - a)
      .map((one) => ({ id: one, guid: `guid-${String(one)}`, event: 'issue_comment' }));
    const found = id === undefined || payload !== 'gone';
    response
      .writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(id === undefined ? listed : { request: { payload } }));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true, force: true });
});

/** Polls once and returns the ids that were sent on. */
async function pollOnce(): Promise<readonly string[]> {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const sent: WebhookMessage[] = [];
  const poller = startDeliveryPoller({
    github: createGithub({
      baseUrl: `http://127.0.0.1:${String(port)}`,
      token: 't',
      log: { debug: silent, info: silent, warn: silent, error: silent },
      pacing: 0,
    }),
    watermarkFile: join(folder, 'watermark'),
    send: async (message) => {
      sent.push(message);
    },
    everyMs: 3_600_000,
    log,
  });
  await poller.close();
  return sent.map(({ attributes }) => attributes['github-delivery'] ?? '');
}

const watermark = () => readFile(join(folder, 'watermark'), 'utf8');

describe('delivery poller', () => {
  it('takes what is newer than the last one, the oldest first', async () => {
    deliveries.set(5, comment);
    expect(await pollOnce()).toEqual([]);
    deliveries.set(7, comment).set(6, comment);
    expect(await pollOnce()).toEqual(['guid-6', 'guid-7']);
    expect(await pollOnce()).toEqual([]);
  });

  it('goes on after a delivery that is gone or too large', async () => {
    expect(await pollOnce()).toEqual([]);
    const large = { ...comment, padding: 'x'.repeat(800 * 1024) };
    deliveries.set(1, 'gone').set(2, large).set(3, comment);
    expect(await pollOnce()).toEqual(['guid-3']);
    expect(await watermark()).toBe('3');
  });

  it('begins with the present when its note of the last one is damaged', async () => {
    deliveries.set(4, comment);
    await writeFile(join(folder, 'watermark'), '');
    expect(await pollOnce()).toEqual([]);
    expect(await watermark()).toBe('4');
  });
});
