import { setTimeout as sleep } from 'node:timers/promises';
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { TransientError } from '../errors.ts';
import { createPacer } from './pacer.ts';
import { HttpFailure, scrubHttpError } from './http-failure.ts';

const CodyOctokit = Octokit.plugin(restEndpointMethods, paginateRest);

/** GitHub's REST API with typed methods (`rest`) and page iteration (`paginate`). */
export type Github = InstanceType<typeof CodyOctokit>;

/** The four log functions that Octokit calls; a pino logger behind an adapter fits. */
export type GithubLog = Readonly<
  Record<'debug' | 'info' | 'warn' | 'error', (message: string, fields?: object) => void>
>;

/** What every client needs, whoever it speaks as. Times in ms. */
export type GithubOptions = Readonly<{
  baseUrl: string;
  log: GithubLog;
  /** Least distance between the starts of two writes, 1000 by default as GitHub asks; 0 on one machine. */
  pacing?: number;
  /** Limit of one HTTP request, 30,000 by default. */
  timeoutMs?: number;
  /** Wait before the first repetition, doubled each time; 500 by default. */
  retryDelayMs?: number;
}>;

/** Who the client is: nobody, the bearer of a token, or an Octokit authentication strategy. */
export type GithubIdentity = Readonly<{ token?: string; authStrategy?: unknown; auth?: unknown }>;

const tries = 3;

/** New tokens reach all of GitHub's servers only after some seconds; until then they answer 401. */
const tokenSettlesMs = 5_000;

/**
 * Returns a GitHub client. Writes go one after the other, at least `pacing` ms apart; reads are repeated up to
 * twice on 5xx and on connection errors, writes never are, because their effect may have happened. Errors keep
 * status and answer, and lose request headers and bodies.
 * Source of the pacing: GitHub, "Best practices for using the REST API".
 */
export function createGithub(options: GithubOptions & GithubIdentity): Github {
  const octokit = new CodyOctokit({
    baseUrl: options.baseUrl,
    userAgent: 'cody-batch',
    log: { ...options.log },
    ...identity(options),
  });
  const pace = createPacer(options.pacing ?? 1000);
  const born = Date.now();
  const mayRepeat = (failure: HttpFailure, read: boolean) =>
    (failure.status === 401 && Date.now() - born < tokenSettlesMs) ||
    (read && failure.status >= 500);

  octokit.hook.wrap('request', async (request, parameters) => {
    const read = parameters.method === 'GET' || parameters.method === 'HEAD';
    const given = parameters.request.signal;
    const once = async () => {
      const late = AbortSignal.timeout(options.timeoutMs ?? 30_000);
      // Changed in place: the authentication hook inside reads this object and drops what it is handed.
      parameters.request = {
        ...parameters.request,
        signal: isSignal(given) ? AbortSignal.any([given, late]) : late,
      };
      const response = await request(parameters);
      assertWhole(response);
      return response;
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (read ? once() : pace(once));
      } catch (error) {
        const failure = HttpFailure.safeParse(error);
        const again = failure.success && attempt < tries && mayRepeat(failure.data, read);
        if (!again) throw scrubHttpError(error);
        await sleep((options.retryDelayMs ?? 500) * 2 ** (attempt - 1));
      }
    }
  });
  return octokit;
}

function identity(given: GithubIdentity): { auth?: unknown; authStrategy?: unknown } {
  if (given.authStrategy) return { authStrategy: given.authStrategy, auth: given.auth };
  return given.token === undefined ? {} : { auth: given.token };
}

function isSignal(value: unknown): value is AbortSignal {
  return value instanceof AbortSignal;
}

/** Octokit answers a body that broke off with the text it got so far; that must not pass for an answer. */
function assertWhole(response: { status: number; headers: object; data: unknown }): void {
  const type = 'content-type' in response.headers ? String(response.headers['content-type']) : '';
  if (type.startsWith('application/json') && typeof response.data === 'string')
    throw new TransientError('github_unavailable', 'GitHub broke off its answer.');
}
