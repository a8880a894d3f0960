import type { CauseCode } from '../cause.ts';
import { Stopped, TransientError, UserError } from '../errors.ts';
import { HttpFailure, explanations, responseHeader } from './http-failure.ts';
import { type KnownMessage, knownMessage } from './known-message.ts';

/** GitHub's advice where it names no time: wait at least a minute after a secondary limit. */
const defaultWaitMs = 60_000;

/**
 * Translates what a GitHub call threw: `UserError` when a person has to act, `TransientError` (with
 * `retryAfterMs` when GitHub named a time) when waiting may help, the error itself when it is a defect of ours.
 * Errors of our own classes come back as they are.
 * Source: GitHub, "Troubleshooting the REST API" and "Rate limits for the REST API".
 */
export function githubFailure(error: unknown): Error {
  if (isOurs(error)) return error;
  const parsed = HttpFailure.safeParse(error);
  if (!parsed.success) return withoutStatus(error);
  const failure = parsed.data;
  if (!failure.response || failure.status >= 500)
    return transient('GitHub did not answer as it should.', error, waitMs(failure));
  if (isRateLimit(failure, error))
    return transient('GitHub asked us to slow down.', error, waitMs(failure) ?? defaultWaitMs);
  return knownFailure(error) ?? statusFailure(failure, error);
}

/** How long (ms) GitHub wants to hear nothing from us, when the error is one of its rate limits; else undefined. */
export function rateLimitMs(error: unknown): number | undefined {
  const { data: failure } = HttpFailure.safeParse(error);
  if (!failure?.response || !isRateLimit(failure, error)) return undefined;
  return waitMs(failure) ?? defaultWaitMs;
}

function isOurs(error: unknown): error is UserError | TransientError | Stopped {
  return error instanceof UserError || error instanceof TransientError || error instanceof Stopped;
}

function withoutStatus(error: unknown): Error {
  if (!(error instanceof Error)) return new Error('GitHub call failed', { cause: error });
  const cut = error.name === 'AbortError' || error.name === 'TimeoutError';
  return cut ? transient('GitHub did not answer in time.', error) : error;
}

function transient(message: string, cause: unknown, retryAfterMs?: number): TransientError {
  return new TransientError('github_unavailable', message, {
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function isRateLimit(failure: HttpFailure, error: unknown): boolean {
  if (failure.status === 429) return true;
  if (failure.status !== 403) return false;
  return (
    responseHeader(failure, 'retry-after') !== undefined ||
    responseHeader(failure, 'x-ratelimit-remaining') === '0' ||
    knownMessage(error) === 'secondary_rate_limit'
  );
}

/** Milliseconds until GitHub wants to hear from us again, by `retry-after`, else by the limit's reset. */
function waitMs(failure: HttpFailure): number | undefined {
  const after = Number(responseHeader(failure, 'retry-after') ?? Number.NaN);
  if (Number.isFinite(after)) return after * 1000;
  if (responseHeader(failure, 'x-ratelimit-remaining') !== '0') return undefined;
  const reset = Number(responseHeader(failure, 'x-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - Date.now()) : undefined;
}

const sentences: Readonly<Partial<Record<KnownMessage, readonly [CauseCode, string]>>> = {
  repository_archived: ['repository_archived', 'The repository is archived and takes no changes.'],
  repository_empty: ['repository_empty', 'The repository has no commit yet.'],
  workflows_permission: [
    'workflows_permission',
    'The change touches workflow files, and the App does not have the workflows permission (write).',
  ],
  reference_exists: ['branch_taken', 'The branch exists already.'],
  reference_missing: ['base_branch_missing', 'The branch does not exist.'],
  not_fast_forward: ['branch_taken', 'The branch moved on in the meantime.'],
  base_missing: ['base_branch_missing', 'The base branch does not exist any more.'],
  tree_too_large: ['too_large', 'The change is larger than GitHub takes in one commit.'],
};

function knownFailure(error: unknown): UserError | undefined {
  const name = knownMessage(error);
  const known = name && sentences[name];
  return known && new UserError(known[0], known[1], { cause: error });
}

function statusFailure(failure: HttpFailure, cause: unknown): Error {
  const fail = (code: CauseCode, sentence: string) => new UserError(code, sentence, { cause });
  switch (failure.status) {
    case 401:
      return fail('github_forbidden', 'GitHub did not accept the credentials of the App.');
    case 403:
      return fail('github_forbidden', missingPermission(failure));
    case 404:
      return fail('repository_gone', 'GitHub does not show this to the App, or it is gone.');
    case 409:
      return transient('GitHub reports that something changed meanwhile.', cause);
    case 410:
      return fail('github_rejected', 'GitHub says that this is gone or switched off.');
    case 422:
      return fail('github_rejected', `GitHub refused: ${said(failure)}`);
    case 451:
      return fail('github_forbidden', 'GitHub blocks this repository for legal reasons.');
    default:
      return cause instanceof Error ? cause : new Error('GitHub call failed', { cause });
  }
}

/** GitHub names what an endpoint wants, for example `contents=write; pull_requests=write`. */
function missingPermission(failure: HttpFailure): string {
  const wanted = responseHeader(failure, 'x-accepted-github-permissions');
  if (wanted === undefined) return `GitHub refused: ${said(failure)}`;
  const readable = wanted
    .split(/[;,]/)
    .map((one) => one.trim().replace(/^(\w+)=(\w+)$/, '$1 ($2)'))
    .filter((one) => one !== '');
  return `The App does not have a permission that this needs: ${readable.join(' or ')}.`;
}

function said(failure: HttpFailure): string {
  const text = explanations(failure).join(': ').replaceAll(/\s+/g, ' ').slice(0, 300);
  return text === '' ? `status ${String(failure.status)}.` : text;
}
