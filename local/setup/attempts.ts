import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** GitHub's codes live for an hour (GitHub docs, "Registering a GitHub App from a manifest"). */
export const attemptMs = 60 * 60 * 1000;

/** What an answer from GitHub's side turned out to belong to. */
export type Taken =
  /** `giveBack` makes the state usable again, for an exchange that did not happen. */
  Readonly<{ type: 'open'; giveBack: () => void }> | Readonly<{ type: 'used' | 'unknown' }>;

/** Pages that were handed out and may come back from GitHub, each once and from the same browser. */
export type Attempts = Readonly<{
  /** A new state for a browser; the browser keeps its own mark, when it has a known one, over several pages. */
  begin: (browser: string | undefined) => Readonly<{ state: string; browser: string }>;
  take: (given: Readonly<{ state: string; browser: string }>) => Taken;
}>;

type Attempt = { readonly state: string; readonly browser: string; at: number; used: boolean };

/** Pages that may be open at once; older ones are forgotten. */
const most = 32;

/** Creates the list. States and marks are 256 random bits each and compared in constant time. */
export function createAttempts({ now }: Readonly<{ now: () => number }>): Attempts {
  let attempts: readonly Attempt[] = [];
  return {
    begin: (given) => {
      const known = attempts.find((one) => given !== undefined && same(one.browser, given));
      const browser = known?.browser ?? secret();
      const attempt = { state: secret(), browser, at: now(), used: false };
      attempts = [...attempts.slice(1 - most), attempt];
      return attempt;
    },
    take: ({ state, browser }) => {
      const attempt = attempts
        .filter((one) => now() - one.at < attemptMs)
        .find((one) => same(one.state, state) && same(one.browser, browser));
      if (attempt === undefined) return { type: 'unknown' };
      if (attempt.used) return { type: 'used' };
      attempt.used = true;
      return { type: 'open', giveBack: () => void (attempt.used = false) };
    },
  };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

/** Digests have one length, so that the comparison tells nothing about the secret. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
