import { z } from 'zod';
import { parseJson } from '../ingest.ts';
import { createWired } from './wired.ts';

const wired = createWired('broker');

/** What we read of a function URL event (payload format 2.0). */
const UrlEvent = z.object({
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** Handles a worker's POST. The answer holds a secret and must not be kept. */
export async function handler(event: unknown) {
  const app = await wired();
  const { body, isBase64Encoded } = UrlEvent.parse(event);
  const text = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  const { status, answer } = await app.broker(parseJson(text));
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(answer),
  };
}
