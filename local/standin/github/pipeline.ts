import { createHash } from 'node:crypto';

import { withHtml } from './body-html.ts';
import { GithubError } from './github-error.ts';
import { type Fault, type Faults, prevents } from './faults.ts';
import type { Hub } from './hub.ts';
import { actorOf, credentialOf, identify, type Principal } from './principal.ts';
import { type RateLimit, rateHeaders } from './rate-limit.ts';
import type { SecondaryLimit } from './secondary-limit.ts';
import { type Answer, type Call, createMatcher, type Matcher, type Route } from './route.ts';
import { fullName, type Permissions } from './world.ts';

/** A request as it came over the wire. */
export type WireRequest = Readonly<{
  method: string;
  url: URL;
  headers: Headers;
  body: Buffer;
}>;

/** What goes back: an answer in bytes, or a cut connection. */
export type WireAnswer =
  | Readonly<{ type: 'answer'; status: number; headers: Record<string, string>; body: Buffer }>
  | Readonly<{ type: 'destroy' }>;

/** One line of the ledger: who asked for what, and what came of it (status 0: the connection was cut). */
export type LedgerEntry = Readonly<{
  time: number;
  method: string;
  path: string;
  principal: Readonly<{
    type: Principal['type'];
    login?: string;
    installationId?: number;
    /** Ids that the token is narrowed to; null for all of the installation's. */
    repositories?: readonly number[] | null;
    permissions?: Permissions;
  }>;
  status: number;
  /** What was sent, when the ledger keeps it. */
  body?: unknown;
}>;

type Pipeline = Readonly<{
  handle: (request: WireRequest) => Promise<WireAnswer>;
  /** Adds a line to the ledger for what was answered elsewhere: git over HTTP. */
  record: Ledger;
  ledger: () => readonly LedgerEntry[];
}>;

/** Writes one line of the ledger. */
export type Ledger = (request: WireRequest, principal: Principal, answer: WireAnswer) => void;

type Parts = Readonly<{
  hub: Hub;
  routes: readonly Route[];
  faults: Faults;
  rate: RateLimit;
  secondary: SecondaryLimit;
  /** Whether the ledger holds the bodies of writes. */
  keepBodies: boolean;
}>;

/** Creates the way of every REST request: fault, identity, limit, description, route, description again, headers. */
export function createPipeline(parts: Parts): Pipeline {
  // Longer templates first: a ref at the end of a path may hold slashes and would swallow what follows.
  const table = parts.routes
    .toSorted((a, b) => b.operation.split('/').length - a.operation.split('/').length)
    .map((route) => ({ route, match: createMatcher(route.operation) }));
  const ledger: LedgerEntry[] = [];
  const record: Ledger = (request, principal, answer) => {
    ledger.push({
      time: parts.hub.world.now(),
      method: request.method,
      path: request.url.pathname,
      principal: describe(parts.hub, principal),
      status: answer.type === 'destroy' ? 0 : answer.status,
      ...(parts.keepBodies && request.method !== 'GET' && { body: kept(request.body) }),
    });
  };
  return {
    record,
    ledger: () => ledger,
    handle: async (request) => {
      const path = canonicalPath(parts.hub, request.url.pathname);
      const { answer, principal } = await run(parts, { ...request, path, table });
      record(request, principal, answer);
      return answer;
    },
  };
}

type Found = Readonly<{ route: Route; params: Record<string, string> }>;
type Table = readonly Readonly<{ route: Route; match: Matcher }>[];
type Routed = WireRequest & Readonly<{ path: string; table: Table }>;

async function run(
  parts: Parts,
  request: Routed,
): Promise<{ answer: WireAnswer; principal: Principal }> {
  const { hub, rate, faults } = parts;
  let principal: Principal = { type: 'anonymous' };
  let answer: Answer;
  let template: string | undefined;
  try {
    principal = identifyCaller(hub, request.headers);
    const found = find(request.table, request.method, request.path);
    template = found?.route.operation.split(' ')[1];
    const fault = faults.take({ method: request.method, path: request.path, template });
    if (fault?.delayMs !== undefined) await sleep(fault.delayMs);
    answer =
      fault && prevents(fault)
        ? { status: 502 }
        : await attempt(parts, { request, principal, found });
    if (fault?.destroy) return { answer: { type: 'destroy' }, principal };
    if (fault) answer = changed(answer, fault);
  } catch (error) {
    answer = refusal(hub, error);
  }
  const limits = rateHeaders(rate.state(principal));
  const rendered = render(request, { ...answer, headers: { ...limits, ...answer.headers } });
  if (rendered.status === 304) rate.forgive(principal);
  return { principal, answer: rendered };
}

/** What is left of an answer: a fault without a status only adds its headers. */
function changed(answer: Answer, fault: Fault): Answer {
  const headers = { ...answer.headers, ...fault.headers };
  if (fault.status === undefined) return { ...answer, body: fault.body ?? answer.body, headers };
  return { status: fault.status, body: fault.body, headers };
}

async function attempt(
  parts: Parts,
  turn: Readonly<{ request: Routed; principal: Principal; found: Found | undefined }>,
): Promise<Answer> {
  const { hub, rate, secondary } = parts;
  const { request, principal, found } = turn;
  let answer: Answer;
  let leave: (() => void) | undefined;
  try {
    if (request.path !== '/rate_limit') rate.count(principal);
    const template = found?.route.operation.split(' ')[1] ?? request.path;
    leave = secondary.enter(principal, { method: request.method, template });
    if (!found) throw new GithubError(404, 'Not Found');
    const call = callOf(hub, request, { principal, found });
    await hub.openapi.checkRequest({ ...call, operation: found.route.operation });
    answer = withHtml(call, await found.route.handle(call));
  } catch (error) {
    answer = refusal(hub, error);
  } finally {
    leave?.();
  }
  if (!found || answer.raw) return answer;
  const wire: unknown =
    answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
  const problem = await hub.openapi.checkResponse({
    operation: found.route.operation,
    status: answer.status,
    body: wire,
  });
  if (problem === null || answer.status >= 500) return answer;
  hub.violate(problem);
  return { status: 500, body: { message: 'The stand-in broke the description', problem } };
}

function identifyCaller(hub: Hub, headers: Headers): Principal {
  if (!headers.get('user-agent')) {
    throw new GithubError(
      403,
      'Request forbidden by administrative rules. Please make sure your request has a User-Agent header',
    );
  }
  return identify(hub.world, hub.tokens, credentialOf(headers.get('authorization') ?? undefined));
}

function callOf(
  hub: Hub,
  request: WireRequest,
  turn: Readonly<{ principal: Principal; found: Found }>,
): Call {
  return {
    hub,
    principal: turn.principal,
    params: turn.found.params,
    query: request.url.searchParams,
    body: parseJson(request.body),
    accept: request.headers.get('accept') ?? '',
    url: new URL(`${request.url.pathname}${request.url.search}`, hub.world.origin),
  };
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new GithubError(400, 'Problems parsing JSON');
  }
}

/** What a write said; git's own protocol is no JSON. */
function kept(body: Buffer): unknown {
  try {
    return parseJson(body);
  } catch {
    // The answer has told the caller, where it matters.
    return undefined;
  }
}

function find(table: Table, method: string, path: string): Found | undefined {
  for (const { route, match } of table) {
    const params = match(method, path);
    if (params) return { route, params };
  }
  return undefined;
}

function refusal(hub: Hub, error: unknown): Answer {
  if (error instanceof GithubError) {
    return {
      status: error.status,
      headers: error.headers,
      body: {
        message: error.message,
        ...(error.errors && { errors: error.errors }),
        documentation_url: 'https://docs.github.com/rest',
        status: String(error.status),
      },
    };
  }
  const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
  hub.violate(`defect: ${problem}`);
  return { status: 500, body: { message: 'Server Error', problem } };
}

function render(request: WireRequest, answer: Answer): Extract<WireAnswer, { type: 'answer' }> {
  const body =
    answer.raw?.bytes ??
    (answer.body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(answer.body)));
  const digest = createHash('sha256').update(body).digest('hex');
  const etag = `W/"${digest}"`;
  const tagged = request.method === 'GET' && answer.status === 200;
  const headers: Record<string, string> = {
    'content-type': answer.raw?.type ?? 'application/json; charset=utf-8',
    'x-github-request-id': `${digest.slice(0, 4)}:${digest.slice(4, 10)}`.toUpperCase(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-api-version-selected': request.headers.get('x-github-api-version') ?? '2022-11-28',
    ...(tagged && { etag, 'cache-control': 'private, max-age=60, s-maxage=60' }),
    ...answer.headers,
  };
  if (tagged && matches(request.headers.get('if-none-match'), etag)) {
    return { type: 'answer', status: 304, headers, body: Buffer.alloc(0) };
  }
  if (body.length === 0) delete headers['content-type'];
  return { type: 'answer', status: answer.status, headers, body };
}

function matches(given: string | null, etag: string): boolean {
  return given !== null && given.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** A tag compared weakly: without its mark. */
function opaque(tag: string): string {
  return tag.trim().replace(/^W\//, '');
}

/** The path without `/api/v3`, and with `/repositories/{id}/…` in its named form. */
function canonicalPath(hub: Hub, pathname: string): string {
  const path = pathname.replace(/^\/api\/v3(?=\/|$)/, '');
  const [, id, rest = ''] = /^\/repositories\/(\d+)(\/.*)?$/.exec(path) ?? [];
  const repository = hub.world.repositories.get(Number(id));
  return repository ? `/repos/${fullName(hub.world, repository)}${rest}` : path;
}

function describe(hub: Hub, principal: Principal): LedgerEntry['principal'] {
  const login = actorOf(hub.world, principal)?.login;
  if (principal.type !== 'installation') {
    return { type: principal.type, ...(login !== undefined && { login }) };
  }
  const { grant, installation } = principal;
  return {
    type: principal.type,
    ...(login !== undefined && { login }),
    installationId: installation.id,
    repositories: grant.repositories && [...grant.repositories],
    permissions: grant.permissions,
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
