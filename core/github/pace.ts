import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../errors.ts';
import type { PacingStore } from '../store/pacing.ts';

/** A write that is about to go to GitHub. */
export type PacedWrite = Readonly<{
  /** Whether it counts for GitHub's limit on creating content. */
  content: boolean;
  /** What is of low urgency stands back when little of that limit is left. */
  urgency: 'normal' | 'low';
}>;

/**
 * When writes of one installation may go.
 *
 * Contract: `before` returns when the write may start; it throws TransientError with `retryAfterMs`, and nothing is
 * counted, when that is too far away to wait for. `slowDown` is told what GitHub asked for, and binds all processes.
 */
export type Pace = Readonly<{
  before: (write: PacedWrite) => Promise<void>;
  slowDown: (ms: number) => Promise<void>;
}>;

type Options = Readonly<{
  pacing: PacingStore;
  installationId: number;
  /** The longest that a caller is kept waiting, in ms. */
  patienceMs: number;
  /** Ends a wait, with its reason. */
  signal?: AbortSignal;
}>;

/** Returns the pace of an installation by the budget that all processes share. */
export function createPace({ pacing, installationId, patienceMs, signal }: Options): Pace {
  return {
    async before(write) {
      for (;;) {
        const answer = await pacing.reserve(installationId, { ...write, patienceMs });
        if (answer.type === 'wait') throw tooFar(answer.ms);
        if (answer.inMs <= 0) return;
        await sleep(answer.inMs, undefined, signal ? { signal } : {}).catch(() =>
          signal?.throwIfAborted(),
        );
        // GitHub may have asked another process for silence meanwhile.
        if ((await pacing.pausedMs(installationId)) === 0) return;
      }
    },
    slowDown: (ms) => pacing.pause(installationId, ms),
  };
}

function tooFar(retryAfterMs: number): TransientError {
  return new TransientError('github_unavailable', "GitHub's limit on writes is reached for now.", {
    retryAfterMs,
  });
}

/**
 * How a request counts. Issues, comments, reactions, labels, pull requests, reviews, requests for review and check runs
 * are content; Git objects and refs, and what only deletes, are writes that keep their distance. Edits count as
 * content too, because GitHub does not say that they do not.
 * Source: GitHub, "Rate limits for the REST API", secondary limits: "no more than 80 content-generating requests per
 * minute and no more than 500 per hour"; the endpoints named here carry the notice "Creating content too quickly using
 * this endpoint may result in secondary rate limiting". "Best practices for using the REST API": one second between
 * writes.
 */
export function isContent(method: string, path: string): boolean {
  if (!['POST', 'PUT', 'PATCH'].includes(method)) return false;
  return /\/(issues|pulls|comments|check-runs|labels)(\/|$)/.test(path);
}
