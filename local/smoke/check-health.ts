import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SmokeConfig } from './config.ts';

const Health = z.object({ status: z.string(), version: z.string() });

const tries = 5;

/**
 * Asks for the health document, five times before it gives up: right after a deployment the first call may meet a
 * function that is not there yet. Returns the version; throws Error when it is not `ok`.
 */
export async function checkHealth({ url }: Pick<SmokeConfig, 'url'>): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await health(url);
    } catch (error) {
      if (attempt === tries) throw error;
      await sleep(attempt * 200);
    }
  }
}

async function health(url: string): Promise<string> {
  const answer = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(20_000) });
  const body: unknown = await answer.json().catch(() => undefined);
  const read = Health.safeParse(body);
  if (!answer.ok || !read.success)
    throw new Error(`/api/health answered ${answer.status} and no health document`);
  const { status, version } = read.data;
  if (status !== 'ok') throw new Error(`/api/health says ${status}`);
  return `version ${version}`;
}
