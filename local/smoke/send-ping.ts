import { createHmac, randomUUID } from 'node:crypto';
import type { SmokeConfig } from './config.ts';

/**
 * Sends GitHub's ping, once signed with another secret and once with ours. Returns what was seen; throws Error unless
 * the first is refused with 401 and the second taken with 202.
 */
export async function sendPing({
  webhook,
  webhookSecret,
}: Pick<SmokeConfig, 'webhook' | 'webhookSecret'>): Promise<string> {
  const forged = await ping(webhook, randomUUID());
  if (forged !== 401) throw new Error(`A ping with a wrong signature was answered with ${forged}`);
  const signed = await ping(webhook, webhookSecret);
  if (signed !== 202) throw new Error(`A signed ping was answered with ${signed}`);
  return 'a forged ping was refused, a signed one taken';
}

async function ping(webhook: string, secret: string): Promise<number> {
  const body = JSON.stringify({ zen: 'A smoke test' });
  const digest = createHmac('sha256', secret).update(body).digest('hex');
  const answer = await fetch(webhook, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'ping',
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': `sha256=${digest}`,
    },
    body,
    signal: AbortSignal.timeout(10_000),
  });
  await answer.body?.cancel();
  return answer.status;
}
