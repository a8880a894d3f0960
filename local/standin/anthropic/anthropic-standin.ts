import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Actor, Conversation } from './actor.ts';
import { ApiError, errorBody } from './api-error.ts';
import { checkHeaders } from './check-headers.ts';
import { demoActor } from './demo-actor/demo-actor.ts';
import { createFaults, type Faults, isEarlyFault } from './faults.ts';
import { messageBody, type Usage } from './message-body.ts';
import { createMessagesApi, type MessageAnswer, type MessagesApi } from './messages-api.ts';
import { listModels, modelInfo } from './models.ts';
import { requireModel } from './check-parameters.ts';
import { createRateLimitHeaders } from './rate-limit-headers.ts';
import { readBody } from './read-body.ts';
import { sendStream } from './send-stream.ts';
import { streamEvents } from './stream-events.ts';

/** One request as it came in, without its key, and what was answered. */
export type RecordedRequest = Readonly<{
  /** On the stand-in's clock, ms. */
  time: number;
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
  /** Null until the answer is known, and for a connection that was reset. */
  status: number | null;
  usage: Usage | null;
  stop_reason: string | null;
  error: string | null;
}>;

export type StandinOptions = Readonly<{
  apiKey: string;
  /** Default 0: any free port. */
  port?: number;
  /** Default: the rule-based demo actor. */
  actor?: Actor;
  /** Writes what a compaction request gets. Default: how many messages there were. */
  summarize?: (conversation: Conversation) => string;
  /** Clock in ms for the prompt cache and the rate-limit headers. Default: the real one. */
  now?: () => number;
  /** Context window in tokens in place of each model's own. */
  maxInputTokens?: number;
  /** Awaited between the look into the prompt cache and the first byte of an answer, as a model takes time there. */
  beforeAnswer?: () => Promise<void>;
  log?: Readonly<{ info: (fields: object, message: string) => void }>;
}>;

export type AnthropicStandin = Readonly<{
  /** For `ANTHROPIC_BASE_URL`. */
  url: string;
  requests: () => readonly RecordedRequest[];
  faults: Pick<Faults, 'add' | 'clear'>;
  close: () => Promise<void>;
}>;

type Recorded = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

/**
 * Starts a scripted Messages API on 127.0.0.1 and returns it once it listens. It speaks the wire of API version
 * 2026-10-21 as `@anthropic-ai/sdk` 1.12 types it, refuses more than the real one, and marks every answer with
 * `x-scripted-model: true`.
 */
export async function startAnthropicStandin(options: StandinOptions): Promise<AnthropicStandin> {
  const now = options.now ?? Date.now;
  const faults = createFaults();
  const requests: Recorded[] = [];
  const api = createMessagesApi({
    actor: options.actor ?? demoActor,
    summarize: options.summarize ?? countMessages,
    now,
    faults,
    maxInputTokens: options.maxInputTokens ?? null,
  });
  const deps: Deps = {
    api,
    faults,
    apiKey: options.apiKey,
    rateLimits: createRateLimitHeaders({ now }),
    beforeAnswer: options.beforeAnswer,
  };

  const server = createServer((request, response) => {
    const record = startRecord(request, now());
    requests.push(record);
    const number = requests.filter(({ path }) => path === record.path).length;
    handle(deps, { request, response, record, number }).then(
      () => options.log?.info(summary(record), 'scripted model answered'),
      () => response.destroy(),
    );
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => [...requests],
    faults,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Deps = Readonly<{
  api: MessagesApi;
  faults: Faults;
  apiKey: string;
  rateLimits: ReturnType<typeof createRateLimitHeaders>;
  beforeAnswer: (() => Promise<void>) | undefined;
}>;

type Exchange = Readonly<{
  request: IncomingMessage;
  response: ServerResponse;
  record: Recorded;
  number: number;
}>;

async function handle(deps: Deps, exchange: Exchange): Promise<void> {
  const requestId = `req_scripted_${randomBytes(10).toString('hex')}`;
  const { response, record } = exchange;
  response.setHeader('request-id', requestId);
  response.setHeader('x-scripted-model', 'true');
  try {
    await route(deps, exchange);
  } catch (error) {
    const known = error instanceof ApiError ? error : defect(error);
    record.status = known.status;
    record.error = known.message;
    for (const [name, value] of Object.entries(known.headers)) response.setHeader(name, value);
    sendJson(response, known.status, errorBody(known, requestId));
  }
}

async function route(deps: Deps, exchange: Exchange): Promise<void> {
  const { request, response, record, number } = exchange;
  const { path } = record;
  const body = request.method === 'POST' ? await readBody(request) : null;
  record.body = body;
  const betas = checkHeaders(request.headers, deps.apiKey);

  const fault = deps.faults.take({ path, body, number }, isEarlyFault);
  if (fault?.type === 'reset_before_headers') {
    request.socket.resetAndDestroy();
    return;
  }
  if (fault?.type === 'status') throw scriptedError(fault);

  const endpoint = `${request.method} ${path}`;
  if (endpoint === 'POST /v1/messages') {
    await sendAnswer(deps, exchange, deps.api.create(body, { path, body, number }, betas));
  } else {
    sendJson(response, 200, plainAnswer(deps.api, { endpoint, body, betas }));
    record.status = 200;
  }
}

type Plain = Readonly<{ endpoint: string; body: unknown; betas: ReadonlySet<string> }>;

function plainAnswer(api: MessagesApi, { endpoint, body, betas }: Plain): object {
  if (endpoint === 'POST /v1/messages/count_tokens') return api.countTokens(body, betas);
  if (endpoint === 'GET /v1/models') return modelPage(betas);
  const id = /^GET \/v1\/models\/([^/]+)$/.exec(endpoint)?.[1];
  if (id !== undefined) return modelInfo(requireModel(decodeURIComponent(id)), betas);
  throw new ApiError(404, `Not found: ${endpoint}`);
}

function modelPage(betas: ReadonlySet<string>): object {
  const models = listModels();
  return {
    data: models.map((model) => modelInfo(model, betas)),
    has_more: false,
    first_id: models[0]?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
    next_page: null,
  };
}

async function sendAnswer(
  deps: Deps,
  { response, record }: Exchange,
  answer: MessageAnswer,
): Promise<void> {
  await deps.beforeAnswer?.();
  const { message } = answer;
  const { usage, reply } = message;
  const input =
    usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
  const limits = deps.rateLimits({ input, output: usage.output_tokens });
  for (const [name, value] of Object.entries(limits)) response.setHeader(name, value);
  record.status = 200;
  record.usage = usage;
  record.stop_reason = reply.stopReason;
  answer.begin();
  if (!answer.isStream) {
    sendJson(response, 200, messageBody(message));
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
  await sendStream(response, streamEvents(message), answer.streamFault);
}

function scriptedError(
  fault: Readonly<{ status: number; retryAfter?: number; errorCode?: string }>,
): ApiError {
  return new ApiError(fault.status, 'The scripted model was told to fail here.', {
    ...(fault.errorCode === undefined ? {} : { errorCode: fault.errorCode }),
    headers: fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
  });
}

// A fault of the stand-in or of its actor; told in the answer so that a test shows it.
function defect(error: unknown): ApiError {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new ApiError(500, `The scripted model failed: ${text}`, {
    headers: { 'x-should-retry': 'false' },
  });
}

function startRecord(request: IncomingMessage, time: number): Recorded {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    name === 'authorization' || name === 'x-api-key' ? [] : [[name, String(value)]],
  );
  return {
    time,
    method: request.method ?? '',
    path: url.pathname,
    headers: Object.fromEntries(headers),
    body: null,
    status: null,
    usage: null,
    stop_reason: null,
    error: null,
  };
}

function countMessages({ messages }: Conversation): string {
  return `The scripted model summarized ${messages.length} messages.`;
}

function summary({ method, path, status, stop_reason }: Recorded): object {
  return { method, path, status, stop_reason };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
