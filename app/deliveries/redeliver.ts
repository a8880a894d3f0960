import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import { answeredStatus } from '../../core/github/known-message.ts';
import type { Github } from '../../core/github/octokit.ts';
import type {
  DeliveryWatch,
  FailedDelivery,
  FailedDeliveryStore,
} from '../../core/store/failed-deliveries.ts';
import type { Times } from '../../core/times.ts';
import {
  decideRedelivery,
  isUnread,
  isWorthRedelivery,
  redeliveryWait,
} from './decide-redelivery.ts';

export type RedeliverDeps = Readonly<{
  /** Signed in as the App. */
  github: Github;
  deliveries: FailedDeliveryStore;
  times: Pick<Times, 'CODY_RETRY_MS' | 'CODY_LEASE_MS'>;
  now: () => number;
  log: Logger;
}>;

/** What one run does at the most; the rest waits for the next one. */
const pagesPerRun = 5;
const sendsPerRun = 20;

/** A redelivery that fails is listed well before this many retry distances have passed. */
const settlesAfter = 20;

const Listed = z.object({
  id: z.number().int(),
  guid: z.string(),
  delivered_at: z.string(),
  status_code: z.number().int(),
  event: z.string(),
  action: z.string().nullable(),
});
type Listed = z.infer<typeof Listed>;

/**
 * Finds webhook deliveries that failed, and asks GitHub for them again: GitHub never does so by itself. One that arrives
 * twice does nothing, because the command's semantic key guards. Safe to run twice at once. Returns how many were asked
 * for. Stops after what it has in hand when the signal says so. Throws what Octokit and the table throw.
 * Source: GitHub, "Handling failed webhook deliveries"; REST, "List deliveries for an app webhook".
 */
export async function redeliver(deps: RedeliverDeps, signal?: AbortSignal): Promise<number> {
  if (await hasNews(deps)) await readNews(deps, signal);
  let sent = 0;
  for (const failed of await deps.deliveries.due(sendsPerRun)) {
    if (await handle(deps, failed)) sent += 1;
    if (signal?.aborted) break;
  }
  return sent;
}

/** False when nothing has failed since the last reading: then nothing is written. */
async function hasNews({ github, deliveries, now }: RedeliverDeps): Promise<boolean> {
  const { watermark, cursor } = (await deliveries.watch()) ?? {};
  if (watermark === undefined || cursor !== undefined) return true;
  const page = await readPage(github, undefined);
  return page?.listed.some((one) => isUnread(one, { watermark, now: now() })) ?? true;
}

/** Leaves it to another one who is at it. */
async function readNews(deps: RedeliverDeps, signal?: AbortSignal): Promise<void> {
  const lease = { owner: randomUUID(), leaseMs: deps.times.CODY_LEASE_MS };
  const watch = await deps.deliveries.lease(lease);
  if (!watch) return;
  let read = watch;
  try {
    read = await readList(deps, watch, signal);
  } finally {
    await deps.deliveries.release(read);
  }
}

/** Notes what failed since the last reading; what is too much for one run is read on from there in the next one. */
async function readList(
  deps: RedeliverDeps,
  watch: DeliveryWatch,
  signal?: AbortSignal,
): Promise<DeliveryWatch> {
  const { watermark, lease_owner } = watch;
  let { cursor, top } = watch;
  const known = { watermark, now: deps.now() };
  for (let page = 0; page < pagesPerRun; page += 1) {
    const found = await readPage(deps.github, cursor);
    // A place in the list that GitHub no longer knows: the next run begins anew.
    if (!found) return { watermark, lease_owner };
    const { listed, next } = found;
    top ??= listed[0]?.id ?? watermark ?? 0;
    const fresh = listed.filter((one) => isUnread(one, known));
    for (const one of fresh) if (isWorthRedelivery(one)) await noteFailure(deps, one);
    cursor = next;
    if (next === undefined || fresh.length < listed.length)
      return { watermark: Math.max(top, watermark ?? 0), lease_owner };
    if (signal?.aborted) break;
  }
  return { watermark, cursor, top, lease_owner };
}

type Page = Readonly<{ listed: readonly Listed[]; next: string | undefined }>;

/** Undefined when GitHub does not know the cursor any more. */
async function readPage(github: Github, cursor: string | undefined): Promise<Page | undefined> {
  const at = cursor === undefined ? {} : { cursor };
  try {
    const asked = { per_page: 100, status: 'failure' as const, ...at };
    return pageOf(await github.rest.apps.listWebhookDeliveries(asked));
  } catch (error) {
    const status = answeredStatus(error);
    if (cursor === undefined || (status !== 400 && status !== 422)) throw error;
    return undefined;
  }
}

function pageOf({ data, headers }: Readonly<{ data: unknown; headers: { link?: string } }>): Page {
  const link = /<([^>]+)>;\s*rel="next"/.exec(headers.link ?? '')?.[1];
  const next = link === undefined ? undefined : new URL(link).searchParams.get('cursor');
  return { listed: z.array(Listed).parse(data), next: next ?? undefined };
}

async function noteFailure({ deliveries, times }: RedeliverDeps, one: Listed): Promise<void> {
  const first_at = Date.parse(one.delivered_at);
  const found = { guid: one.guid, delivery_id: one.id, event: one.event, first_at };
  await deliveries.note(found, (attempts) =>
    attempts === 0 ? first_at : first_at + redeliveryWait(attempts, times.CODY_RETRY_MS),
  );
}

/** True when GitHub was asked for it again. */
async function handle(deps: RedeliverDeps, failed: FailedDelivery): Promise<boolean> {
  const { github, deliveries, times, now, log } = deps;
  const fields = { delivery: failed.guid, event: failed.event, attempts: failed.attempts };
  const decision = decideRedelivery(failed, now());
  if (decision !== 'send') {
    if (decision === 'given_up') log.error(fields, 'A webhook delivery is given up');
    await deliveries.end(failed);
    return false;
  }
  // Counted before it is done: a crash in between costs one of several tries.
  const settled = now() + times.CODY_RETRY_MS * settlesAfter;
  if (!(await deliveries.claim(failed, settled))) return false;
  try {
    await github.rest.apps.redeliverWebhookDelivery({ delivery_id: failed.delivery_id });
  } catch (error) {
    const status = answeredStatus(error);
    if (status !== 404 && status !== 422) throw error;
    log.error(fields, 'GitHub keeps a failed delivery no longer');
    return false;
  }
  log.info(fields, 'A failed webhook delivery was asked for again');
  return true;
}
