import { nestedDeeperThan } from './json-depth.ts';
import { type PassResult, passes } from './webhook-events.ts';

/*
 * What GitHub waits for: verify, filter, queue, answer. This file and what it imports load nothing, and of Node itself
 * only what a call needs, because loading is what a cold start costs.
 */

/** A webhook for the ingest queue: base64 of the raw bytes, with the names that core/message.ts gives its attributes. */
export type WebhookMessage = Readonly<{
  body: string;
  attributes: Readonly<{ 'github-event': string; 'github-delivery': string }>;
}>;

/** One line per delivery; fields only, never a body. `received` is Unix ms, `ms` the time until it was acked. */
export type ReceiveLog = (line: Readonly<Record<string, string | number>>) => void;

/**
 * What receiving needs.
 *
 * Contract: `send` resolves when the message is stored durably; until then GitHub gets no 2xx.
 */
export type ReceiveDeps = Readonly<{
  secrets: readonly string[];
  send: (message: WebhookMessage) => Promise<void>;
  log: ReceiveLog;
}>;

/** Header names in lower case. */
export type Delivery = Readonly<{
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}>;

export type Receive = (delivery: Delivery) => Promise<{ status: number; body?: string }>;

/** Largest body that fits into a queue message as base64 (SQS takes 1 MiB). */
export const maxBodyBytes = 750 * 1024;

const maxDepth = 64;

/**
 * Returns the handler of GitHub's webhooks. It answers 202 for what was queued or ignored, 401 without a valid
 * SHA-256 signature, 400 for what is no JSON object, 413 for what is too large, 503 when the queue does not take it.
 * Throws when a secret is empty or shorter than 16 bytes.
 */
export function createReceive(deps: ReceiveDeps): Receive {
  const keys = deps.secrets.map((secret) => Buffer.from(secret, 'utf8'));
  if (keys.length === 0 || keys.some((key) => key.length < 16))
    throw new Error('The webhook secret is empty or shorter than 16 bytes');
  return async ({ headers, body }) => {
    const received = Date.now();
    const delivery = named(headers['x-github-delivery'], /^[\w-]{1,64}$/);
    const event = named(headers['x-github-event'], /^[a-z_]{1,64}$/);
    const done = (status: number, outcome: string) => {
      deps.log({
        status,
        outcome,
        event,
        delivery,
        bytes: body.length,
        received,
        ms: Date.now() - received,
        message: 'Webhook',
      });
      return status === 202 ? { status } : { status, body: outcome };
    };
    if (!signed(keys, { signature: headers['x-hub-signature-256'], body }))
      return done(401, 'signature missing or wrong');
    if (delivery === '' || event === '') return done(400, 'delivery or event name missing');
    const read = readBody(event, body);
    if (read.type === 'refused') return done(read.status, read.reason);
    if (read.type === 'ignored') return done(202, read.reason);
    try {
      await deps.send({
        body: Buffer.from(body).toString('base64'),
        attributes: { 'github-event': event, 'github-delivery': delivery },
      });
    } catch (error) {
      return done(503, `the queue did not take it: ${error instanceof Error ? error.name : ''}`);
    }
    return done(202, 'queued');
  };
}

function named(value: string | undefined, pattern: RegExp): string {
  return value !== undefined && pattern.test(value) ? value : '';
}

type Signed = Readonly<{ signature: string | undefined; body: Uint8Array }>;

/** GitHub: "Validating webhook deliveries". Compares in constant time, with each secret. */
function signed(keys: readonly Buffer[], { signature, body }: Signed): boolean {
  if (signature === undefined || !/^sha256=[0-9a-f]{64}$/.test(signature)) return false;
  const { createHmac, timingSafeEqual } = process.getBuiltinModule('node:crypto');
  const given = Buffer.from(signature.slice('sha256='.length), 'hex');
  const matches = keys.map((key) =>
    timingSafeEqual(createHmac('sha256', key).update(body).digest(), given),
  );
  return matches.includes(true);
}

type Read = PassResult | Readonly<{ type: 'refused'; status: number; reason: string }>;

function readBody(event: string, body: Uint8Array): Read {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.length > maxBodyBytes) {
    const pass = passes(event, bytes);
    return pass.type === 'passed' ? { type: 'refused', status: 413, reason: 'too large' } : pass;
  }
  if (nestedDeeperThan(bytes, maxDepth)) return refused('nested too deeply');
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return refused('not a JSON object');
  } catch {
    return refused('not JSON in UTF-8');
  }
  return passes(event, bytes);
}

function refused(reason: string): Read {
  return { type: 'refused', status: 400, reason };
}
