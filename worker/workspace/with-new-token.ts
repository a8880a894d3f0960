import { setTimeout as sleep } from 'node:timers/promises';
import { isUnknownToken } from './fetch-failure.ts';

/** How long a new token may be unknown, and the first wait, which doubles each time. All in ms. */
export type NewToken = Readonly<{
  settlesMs?: number;
  retryDelayMs?: number;
  signal?: AbortSignal;
}>;

/**
 * Runs a fetch with a token that was made just now, and again while GitHub does not know the token yet: a new one
 * reaches all of its servers only after some seconds. Returns what the fetch returns and throws what it throws, and the
 * signal's reason.
 */
export async function withNewToken<T>(
  { settlesMs = 5_000, retryDelayMs = 500, signal }: NewToken,
  fetch: () => Promise<T>,
): Promise<T> {
  const began = Date.now();
  for (let wait = retryDelayMs; ; wait *= 2) {
    try {
      return await fetch();
    } catch (error) {
      if (!isUnknownToken(error) || Date.now() - began > settlesMs) throw error;
    }
    await sleep(wait, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  }
}
