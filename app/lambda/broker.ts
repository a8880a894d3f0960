import { z } from 'zod';
import { functionConfigs } from '../config.ts';
import { parseJson } from '../ingest.ts';
import { wireBroker } from '../wire-handlers.ts';
import { githubParts, storeParts } from '../wire-parts.ts';
import { createWired } from './wired.ts';

const wired = createWired({
  name: 'broker',
  readConfig: functionConfigs.broker,
  wire(config, around) {
    const stores = storeParts(config, around);
    const github = githubParts(config, { ...around, table: stores.table });
    return wireBroker(config, { ...around, ...stores, ...github });
  },
});

/** What we read of a function URL event (payload format 2.0). */
const UrlEvent = z.object({
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

/** Handles a worker's POST. The answer holds a secret and must not be kept. */
export async function handler(event: unknown) {
  const broker = await wired();
  const { body, isBase64Encoded } = UrlEvent.parse(event);
  const text = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
  const { status, answer } = await broker(parseJson(text));
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(answer),
  };
}
