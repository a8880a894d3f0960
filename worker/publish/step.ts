import { setTimeout as sleep } from 'node:timers/promises';
import type { CheckRunRef, PullRequestRef } from '../../core/job.ts';
import { TransientError } from '../../core/errors.ts';
import { githubFailure } from '../../core/github/failure.ts';
import type { Github } from '../../core/github/octokit.ts';

/** What publishing finds out, to be written to the job at once. */
export type PublishRecord = Readonly<{
  branch?: string;
  commit_sha?: string;
  pull_request?: PullRequestRef;
  check_run?: CheckRunRef;
}>;

/** What every step of publishing works with. */
export type StepDeps = Readonly<{
  github: Github;
  /** Contract: throws `Stopped` when the lease is lost. Called right before every write to GitHub. */
  fence: () => Promise<void>;
  /** Waits until one write to what people read may start; it then goes with the request option `paced: true`. */
  turn?: () => Promise<void>;
  /** Contract: writes to the job under its fence; throws `Stopped` when the lease is lost. */
  record: (patch: PublishRecord) => Promise<void>;
  /** Ends waits between tries. Contract: its reason is what the step then throws. */
  stop?: AbortSignal;
  /** Tells people, in the thread, what did not come off and does not matter much. */
  note?: (text: string) => void;
  log: Readonly<{ warn: (fields: object, message: string) => void }>;
  /** What the reads for the flags of a whole pull request may take. Default 60 s and 20 MiB. */
  flagReads?: Readonly<{ ms: number; bytes: number }>;
  /** First wait before a step is repeated, in ms; doubled each time. Default 1000. */
  retryDelayMs?: number;
}>;

/** Where a step writes. */
export type Target = Readonly<{ owner: string; repo: string }>;

const tries = 3;

/** A worker that would have to wait longer gives the job back to the queue. */
const longestWaitMs = 90_000;

/** Does one write to GitHub right after the lease was checked. */
export async function fenced<T>(deps: StepDeps, write: () => Promise<T>): Promise<T> {
  await deps.fence();
  return write();
}

/** Does one write that is harmless when it happens twice, up to three times. */
export async function repeatable<T>(deps: StepDeps, write: () => Promise<T>): Promise<T> {
  return runStep(deps, () => fenced(deps, write));
}

/**
 * Runs a step up to three times while GitHub fails in ways that may pass. A step looks up what it would make, so
 * that a repetition after a lost answer adopts the first result. Throws what `githubFailure` makes of the error.
 */
export async function runStep<T>(deps: StepDeps, step: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await step();
    } catch (error) {
      const failure = githubFailure(error);
      const backOff = (deps.retryDelayMs ?? 1000) * 2 ** (attempt - 1);
      const wait = failure instanceof TransientError ? (failure.retryAfterMs ?? backOff) : Infinity;
      if (attempt === tries || wait > longestWaitMs) throw failure;
      await rest(deps, wait);
    }
  }
}

async function rest({ stop }: StepDeps, ms: number): Promise<void> {
  await sleep(ms, undefined, stop ? { signal: stop } : {}).catch(() => stop?.throwIfAborted());
}
