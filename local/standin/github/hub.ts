import type { Attachments } from './attachments.ts';
import type { Git } from './git.ts';
import type { OpenApi } from './openapi.ts';
import type { Tokens } from './tokens.ts';
import type { Webhooks } from './webhooks.ts';
import type { World } from './world.ts';

/** Runs work on one key at a time, in order. */
export type Lock = <T>(key: number, work: () => Promise<T>) => Promise<T>;

/** What every handler is given: state, git, credentials, deliveries and the judge of requests. */
export type Hub = Readonly<{
  world: World;
  git: Git;
  tokens: Tokens;
  openapi: OpenApi;
  webhooks: Webhooks;
  attachments: Attachments;
  lock: Lock;
  /** Records that the stand-in itself broke GitHub's description. */
  violate: (problem: string) => void;
}>;

/** Creates a lock whose keys are independent of each other. */
export function createLock(): Lock {
  const tails = new Map<number, Promise<unknown>>();
  return async (key, work) => {
    const before = tails.get(key) ?? Promise.resolve();
    const run = before.then(work, work);
    // Whoever comes next waits for the end, not for success.
    tails.set(
      key,
      run.catch(() => undefined),
    );
    return run;
  };
}
