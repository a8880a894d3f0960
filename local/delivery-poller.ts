import { readFile, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { WebhookMessage } from '../app/receive.ts';
import { passes } from '../app/webhook-events.ts';
import type { Github } from '../core/github/octokit.ts';
import { startTimer } from './timer.ts';

const Listed = z.object({ id: z.number().int(), guid: z.string(), event: z.string() });
const Detail = z.object({ request: z.object({ payload: z.unknown() }) });

type Options = Readonly<{
  /** Signed in as the App. */
  github: Github;
  /** Keeps the id of the newest delivery that was taken. */
  watermarkFile: string;
  send: (message: WebhookMessage) => Promise<void>;
  everyMs: number;
  log: Logger;
}>;

/** Deliveries that one run takes at the most; the rest waits for the next one. */
const perRun = 100;

/**
 * Reads the App's recorded deliveries in place of receiving them, for a machine that GitHub cannot reach. They come
 * over the App's own signed-in connection, so that they need no signature. A delivery seen twice does nothing: the
 * command's semantic key guards.
 * Source: GitHub REST, "List deliveries for an app webhook".
 */
export function startDeliveryPoller(options: Options): { close: () => Promise<void> } {
  return startTimer({ everyMs: options.everyMs, tick: () => poll(options), log: options.log });
}

async function poll(options: Options): Promise<void> {
  const { github, watermarkFile } = options;
  const watermark = await readWatermark(watermarkFile);
  const fresh = await newerThan(github, watermark);
  // At the very first run history is not replayed: it may be days old.
  if (watermark === undefined) {
    await writeFile(watermarkFile, String(fresh.at(-1)?.id ?? 0));
    return;
  }
  for (const delivery of fresh.slice(0, perRun)) {
    await take(options, delivery);
    await writeFile(watermarkFile, String(delivery.id));
  }
}

/** Oldest first. */
async function newerThan(github: Github, watermark: number | undefined) {
  const found: z.infer<typeof Listed>[] = [];
  const pages = github.paginate.iterator(github.rest.apps.listWebhookDeliveries, { per_page: 100 });
  for await (const page of pages) {
    const listed = z.array(Listed).parse(page.data);
    const fresh = listed.filter((one) => one.id > (watermark ?? 0));
    found.push(...fresh);
    if (watermark === undefined || fresh.length < listed.length) break;
  }
  return found.toSorted((a, b) => a.id - b.id);
}

async function take(
  { github, send, log }: Options,
  delivery: z.infer<typeof Listed>,
): Promise<void> {
  const { data } = await github.rest.apps.getWebhookDelivery({ delivery_id: delivery.id });
  const body = Buffer.from(JSON.stringify(Detail.parse(data).request.payload), 'utf8');
  const pass = passes(delivery.event, body);
  if (pass.type === 'ignored') return;
  log.info({ delivery: delivery.guid, event: delivery.event }, 'polled a delivery');
  await send({
    body: body.toString('base64'),
    attributes: { 'github-event': delivery.event, 'github-delivery': delivery.guid },
  });
}

async function readWatermark(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : Number(text);
}
