import { createHmac, randomUUID } from 'node:crypto';

import type { JsonObject } from './openapi-document.ts';
import type { AppRecord } from './world.ts';

/** One attempt to deliver an event to an App. Times in ms. */
export type Delivery = Readonly<{
  id: number;
  guid: string;
  appId: number;
  event: string;
  action: string | null;
  installationId: number;
  repositoryId: number | null;
  deliveredAt: number;
  redelivery: boolean;
  durationMs: number;
  status: string;
  statusCode: number;
  url: string;
  requestHeaders: Readonly<Record<string, string>>;
  payload: JsonObject;
  responseHeaders: Readonly<Record<string, string>>;
  responseBody: string;
}>;

/** An event for one App. */
type Outgoing = Readonly<{
  app: AppRecord;
  event: string;
  installationId: number;
  repositoryId: number | null;
  payload: JsonObject;
}>;

export type Webhooks = Readonly<{
  /** Starts a delivery and returns at once. */
  send: (outgoing: Outgoing) => void;
  /** Every finished delivery, oldest first. */
  deliveries: () => readonly Delivery[];
  /** Delivers again under the same GUID. Undefined when there is no such delivery. */
  redeliver: (id: number) => Promise<Delivery | undefined>;
  setUrl: (url: string | undefined) => void;
  /** Resolves when no delivery is under way. */
  settled: () => Promise<void>;
}>;

/** The time within which GitHub wants an answer. */
const ANSWER_LIMIT_MS = 10_000;

/** Creates the sender. Signed with SHA-256 only; a failed delivery is recorded and never repeated by itself. */
export function createWebhooks(
  options: Readonly<{ url: string | undefined; now: () => number; nextId: () => number }>,
): Webhooks {
  let url = options.url;
  const finished: Delivery[] = [];
  const apps = new Map<number, AppRecord>();
  const running = new Set<Promise<Delivery>>();

  const start = (
    outgoing: Outgoing,
    again: Readonly<{ guid: string; redelivery: boolean }>,
  ): Promise<Delivery> => {
    apps.set(outgoing.app.id, outgoing.app);
    const run = deliver({ ...again, ...options, id: options.nextId(), url, outgoing }).then(
      (delivery) => {
        running.delete(run);
        finished.push(delivery);
        return delivery;
      },
    );
    running.add(run);
    return run;
  };
  return {
    send: (outgoing) => void start(outgoing, { guid: randomUUID(), redelivery: false }),
    deliveries: () => finished,
    redeliver: async (id) => {
      const past = finished.find((delivery) => delivery.id === id);
      const app = past && apps.get(past.appId);
      return app && start({ ...past, app }, { guid: past.guid, redelivery: true });
    },
    setUrl: (next) => {
      url = next;
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

type Attempt = Readonly<{
  id: number;
  guid: string;
  redelivery: boolean;
  now: () => number;
  url: string | undefined;
  outgoing: Outgoing;
}>;

async function deliver(attempt: Attempt): Promise<Delivery> {
  const { outgoing, url } = attempt;
  const body = JSON.stringify(outgoing.payload);
  const headers = headersOf(attempt, body);
  const deliveredAt = attempt.now();
  const started = performance.now();
  const result = await post(url, headers, body);
  const action = outgoing.payload['action'];
  return {
    id: attempt.id,
    guid: attempt.guid,
    appId: outgoing.app.id,
    event: outgoing.event,
    action: typeof action === 'string' ? action : null,
    installationId: outgoing.installationId,
    repositoryId: outgoing.repositoryId,
    deliveredAt,
    redelivery: attempt.redelivery,
    durationMs: performance.now() - started,
    url: url ?? '',
    requestHeaders: headers,
    payload: outgoing.payload,
    ...result,
  };
}

function headersOf(attempt: Attempt, body: string): Record<string, string> {
  const { app, event } = attempt.outgoing;
  const digest = createHmac('sha256', app.webhookSecret).update(body).digest('hex');
  return {
    accept: '*/*',
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/stand-in',
    'x-github-delivery': attempt.guid,
    'x-github-event': event,
    'x-github-hook-id': String(app.hookId),
    'x-github-hook-installation-target-id': String(app.id),
    'x-github-hook-installation-target-type': 'integration',
    'x-hub-signature-256': `sha256=${digest}`,
  };
}

type Outcome = Pick<Delivery, 'status' | 'statusCode' | 'responseHeaders' | 'responseBody'>;

async function post(
  url: string | undefined,
  headers: Record<string, string>,
  body: string,
): Promise<Outcome> {
  if (url === undefined) return failed('failed to connect to host', 502);
  try {
    const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
    const answer = await fetch(url, { method: 'POST', headers, body, signal });
    return {
      status: answer.ok ? 'OK' : `Invalid HTTP Response: ${answer.status}`,
      statusCode: answer.status,
      responseHeaders: Object.fromEntries(answer.headers),
      responseBody: await answer.text(),
    };
  } catch (error) {
    const slow = error instanceof Error && error.name === 'TimeoutError';
    return slow ? failed('timed out', 504) : failed('failed to connect to host', 502);
  }
}

function failed(status: string, statusCode: number): Outcome {
  return { status, statusCode, responseHeaders: {}, responseBody: '' };
}
