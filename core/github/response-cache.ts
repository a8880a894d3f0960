import { z } from 'zod';

/** An answer as Octokit gives it, as far as it is kept. */
const Kept = z.object({
  status: z.literal(200),
  headers: z.looseObject({ etag: z.string() }),
});

/** What a client remembers of GitHub's answers, so that it can ask whether they still hold. */
export type ResponseCache<T> = Readonly<{
  /** The tag to send as If-None-Match, and a copy of its answer for when GitHub confirms it; or undefined. */
  hold: (key: string) => Readonly<{ etag: string; answer: () => T }> | undefined;
  /** Remembers a copy, if the answer has a tag and is not too large. */
  put: (key: string, response: T) => void;
}>;

type Limits = Readonly<{ entries: number; bodyBytes: number }>;

/**
 * Returns a bounded memory, the least recently used answer leaving first. One belongs to one client, and with it to
 * one token: nothing read with one token's permissions is ever shown for another.
 */
export function createResponseCache<T>(limits: Limits): ResponseCache<T> {
  const entries = new Map<string, Readonly<{ etag: string; response: T }>>();
  return {
    hold(key) {
      const found = entries.get(key);
      if (!found) return undefined;
      entries.delete(key);
      entries.set(key, found);
      const { etag, response } = found;
      // Callers change what they are given: pagination takes fields out of it. What is held stays when others push it
      // out before GitHub answers.
      return { etag, answer: () => structuredClone(response) };
    },
    put(key, response) {
      entries.delete(key);
      const kept = Kept.safeParse(response);
      if (!kept.success || sizeOf(response) > limits.bodyBytes) return;
      entries.set(key, { etag: kept.data.headers.etag, response: structuredClone(response) });
      const [oldest] = entries.keys();
      if (entries.size > limits.entries && oldest !== undefined) entries.delete(oldest);
    },
  };
}

function sizeOf(response: unknown): number {
  return JSON.stringify(response).length;
}
