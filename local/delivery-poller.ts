import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { maxBodyBytes, type WebhookMessage } from '../app/receive.ts';
import { passes } from '../app/webhook-events.ts';
import { answeredStatus } from '../core/github/known-message.ts';
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
    await writeWatermark(watermarkFile, fresh.at(-1)?.id ?? 0);
    return;
  }
  for (const delivery of fresh.slice(0, perRun)) {
    await take(options, delivery);
    await writeWatermark(watermarkFile, delivery.id);
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
  const fields = { delivery: delivery.guid, event: delivery.event };
  const body = await readBody(github, delivery.id);
  if (body === undefined) {
    log.warn(fields, 'GitHub keeps a delivery no longer');
    return;
  }
  const pass = passes(delivery.event, body);
  if (pass.type === 'ignored') return;
  // One that can never be sent must not keep those behind it waiting.
  if (body.length > maxBodyBytes) {
    log.error(fields, 'a delivery is too large');
    return;
  }
  log.info(fields, 'polled a delivery');
  await send({
    body: body.toString('base64'),
    attributes: { 'github-event': delivery.event, 'github-delivery': delivery.guid },
  });
}

async function readBody(github: Github, id: number): Promise<Buffer | undefined> {
  try {
    const { data } = await github.rest.apps.getWebhookDelivery({ delivery_id: id });
    return Buffer.from(JSON.stringify(Detail.parse(data).request.payload), 'utf8');
  } catch (error) {
    if (answeredStatus(error) === 404) return undefined;
    throw error;
  }
}

/** Undefined when there is none, or none that can be read: then the present is the beginning. */
async function readWatermark(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Renamed into place, so that no crash leaves half of it. */
async function writeWatermark(file: string, id: number): Promise<void> {
  await writeFile(`${file}.new`, String(id));
  await rename(`${file}.new`, file);
}
