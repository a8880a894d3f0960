import { setTimeout as sleep } from 'node:timers/promises';
import { Octokit } from '@octokit/core';
import { paginateRest } from '@octokit/plugin-paginate-rest';
import { restEndpointMethods } from '@octokit/plugin-rest-endpoint-methods';
import { TransientError } from '../errors.ts';
import { rateLimitMs } from './failure.ts';
import { HttpFailure, scrubHttpError } from './http-failure.ts';
import { answeredStatus } from './known-message.ts';
import { isContent, type Pace, type PacedWrite } from './pace.ts';
import { createPacer } from './pacer.ts';
import { redactBodies } from './redact-body.ts';
import { createResponseCache } from './response-cache.ts';

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
  /** Asked before every write, in place of `pacing`: the budget that all processes of an installation share. */
  pace?: Pace;
  /** Whether answers are remembered, so that a read that is asked again costs nothing while it still holds. */
  conditional?: boolean;
  /** Limit of one HTTP request, 30,000 by default. */
  timeoutMs?: number;
  /** Takes secrets out of every text that a write sends; files of a commit go as they are. */
  redact?: (text: string) => string;
  /** Ends every request and every wait at once, with its reason. */
  signal?: AbortSignal;
  /** Wait before the first repetition, doubled each time; 500 by default. */
  retryDelayMs?: number;
}>;

/** Who the client is: nobody, the bearer of a token, or an Octokit authentication strategy. */
export type GithubIdentity = Readonly<{ token?: string; authStrategy?: unknown; auth?: unknown }>;

const tries = 3;

/** New tokens reach all of GitHub's servers only after some seconds; until then they answer 401. */
const tokenSettlesMs = 5_000;

/** What one client remembers: far less than the memory of the smallest function. */
const remembered = { entries: 200, bodyBytes: 64 * 1024 };

/**
 * Returns a GitHub client. Writes go one after the other, at least `pacing` ms apart or as `pace` lets them; reads are
 * repeated up to twice on 5xx and on connection errors, writes never are, because their effect may have happened.
 * Errors keep status and answer, and lose request headers and bodies. A single write stands back for others with the
 * request option `urgency: 'low'`; one whose caller has asked the pace already is marked `paced: true`.
 * Source of the pacing: GitHub, "Best practices for using the REST API".
 */
export function createGithub(options: GithubOptions & GithubIdentity): Github {
  const octokit = new CodyOctokit({
    baseUrl: options.baseUrl,
    userAgent: 'cody-batch',
    log: { ...options.log },
    ...identity(options),
  });
  const { pace } = options;
  const oneByOne = createPacer(pace ? 0 : (options.pacing ?? 1000));
  const born = Date.now();
  const mayRepeat = (failure: HttpFailure, { read, attempt }: { read: boolean; attempt: number }) =>
    (failure.status === 401 && Date.now() - born < tokenSettlesMs) ||
    (read && failure.status >= 500 && attempt < tries);

  octokit.hook.wrap('request', async (request, parameters) => {
    const read = parameters.method === 'GET' || parameters.method === 'HEAD';
    const given = parameters.request.signal;
    const write = read ? undefined : writeOf(parameters);
    const once = async () => {
      options.signal?.throwIfAborted();
      if (write && parameters.request['paced'] !== true) await pace?.before(write);
      const late = AbortSignal.timeout(options.timeoutMs ?? 30_000);
      const ends = [given, options.signal, late].filter(isSignal);
      // Changed in place: the authentication hook inside reads this object and drops what it is handed.
      parameters.request = {
        ...parameters.request,
        signal: AbortSignal.any(ends),
      };
      const response = await request(parameters);
      assertWhole(response);
      return response;
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await (read ? once() : oneByOne(once));
      } catch (error) {
        // Whoever holds the signal wants to hear why it ended, not that a request was cut off.
        options.signal?.throwIfAborted();
        await slowDown(options, error);
        const failure = HttpFailure.safeParse(error);
        const again = failure.success && mayRepeat(failure.data, { read, attempt });
        if (!again) throw scrubHttpError(error);
        await rest(options, (options.retryDelayMs ?? 500) * 2 ** (attempt - 1));
      }
    }
  });
  if (options.conditional) askConditionally(octokit);
  if (options.redact) redactBodies(octokit, options.redact);
  return octokit;
}

async function rest({ signal }: GithubOptions, ms: number): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
}

function writeOf(parameters: {
  method: string;
  url: string;
  request: Readonly<Record<string, unknown>>;
}): PacedWrite {
  const { method, url, request } = parameters;
  const urgency = request['urgency'] === 'low' ? 'low' : 'normal';
  return { content: isContent(method, url), urgency };
}

/** A limit that one process has met holds for all. The error itself stays what the caller hears of. */
async function slowDown({ pace, log }: GithubOptions, error: unknown): Promise<void> {
  const ms = pace && rateLimitMs(error);
  if (!pace || ms === undefined) return;
  await pace.slowDown(ms).catch((failure: unknown) => {
    log.warn('The pause could not be shared', { err: failure });
  });
}

/**
 * Sends If-None-Match with what is asked again, and turns 304 into the answer that it confirms. What is returned is what
 * GitHub says now, so that permissions may be read this way too; 304 does not count for the primary limit.
 * Source: GitHub, "Best practices for using the REST API", conditional requests.
 */
function askConditionally(octokit: Github): void {
  const cache = createResponseCache<Awaited<ReturnType<Github['request']>>>(remembered);
  octokit.hook.wrap('request', async (request, parameters) => {
    // Rendered texts hold addresses that expire: they are good only as they are now.
    const rendered = parameters.mediaType.format === 'full';
    if (parameters.method !== 'GET' || rendered) return request(parameters);
    // The header as it is sent: a form of the answer, such as a diff, stands only there.
    const { url, headers } = octokit.request.endpoint.parse(parameters);
    const key = `${headers.accept ?? ''} ${url}`;
    const held = cache.hold(key);
    if (held) parameters.headers['if-none-match'] = held.etag;
    try {
      const response = await request(parameters);
      cache.put(key, response);
      return response;
    } catch (error) {
      if (!held || answeredStatus(error) !== 304) throw error;
      return held.answer();
    }
  });
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
