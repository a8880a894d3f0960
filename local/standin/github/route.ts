import type { z } from 'zod';

import { authorize, type Needs } from './access.ts';
import { notFound, unprocessable } from './github-error.ts';
import type { Hub } from './hub.ts';
import type { Principal } from './principal.ts';
import { type Repository, repositoryByName } from './world.ts';

/** What a handler returns. `raw` stands for a body that is not JSON. */
export type Answer = Readonly<{
  status: number;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  raw?: Readonly<{ type: string; bytes: Buffer }>;
}>;

/** A validated request on its way to a handler. */
export type Call = Readonly<{
  hub: Hub;
  principal: Principal;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
  accept: string;
  url: URL;
}>;

/** A call on a repository that the principal may use in the way the route needs. */
export type RepositoryCall = Call & Readonly<{ repository: Repository }>;

/** One operation of GitHub's description, `METHOD /path/{template}`, and what answers it. */
export type Route = Readonly<{
  operation: string;
  handle: (call: Call) => Answer | Promise<Answer>;
}>;

/** A route below `/repos/{owner}/{repo}`: finds the repository and checks the permission first. */
export function repositoryRoute(
  operation: string,
  needs: Needs | ((call: RepositoryCall) => Needs),
  handle: (call: RepositoryCall) => Answer | Promise<Answer>,
): Route {
  return {
    operation,
    handle: (call) => {
      const repository = repositoryOf(call);
      const found = { ...call, repository };
      authorize(call.hub.world, call.principal, {
        repository,
        needs: typeof needs === 'function' ? needs(found) : needs,
      });
      return handle(found);
    },
  };
}

/** Wraps a handler so that it runs alone in its repository: what it looks up still holds when it writes. */
export function locked(
  handle: (call: RepositoryCall) => Promise<Answer>,
): (call: RepositoryCall) => Promise<Answer> {
  return (call) => call.hub.lock(call.repository.id, () => handle(call));
}

/** The repository that the path names. Throws 404. */
function repositoryOf(call: Call): Repository {
  const found = repositoryByName(call.hub.world, param(call, 'owner'), param(call, 'repo'));
  if (!found) throw notFound();
  return found;
}

/** A path parameter. Throws a plain error for a name that the route's template does not have. */
export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}

/** A path parameter as a number. */
export function numberParam(call: Call, name: string): number {
  return Number(param(call, name));
}

/** The body, parsed. The description was checked already; this one says what the handler reads. Throws 422. */
export function readBody<T>(call: Call, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(call.body ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unprocessable(
    `Invalid request.\n\n${issue?.path.join('/') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** A compiled template: gives the parameters when method and path fit. */
export type Matcher = (method: string, path: string) => Record<string, string> | undefined;

/** Parameters that may hold slashes. */
const WIDE = new Set(['path', 'ref', 'basehead', 'branch']);

/** Compiles `METHOD /a/{b}`. Parameters come back decoded. */
export function createMatcher(operation: string): Matcher {
  const [wantedMethod = '', template = ''] = operation.split(' ');
  const names: string[] = [];
  const pattern = template.replace(/[.+]/g, '\\$&').replace(/\{([^}]+)\}/g, (_, name: string) => {
    names.push(name);
    return WIDE.has(name) ? '(.+?)' : '([^/]+)';
  });
  const expression = new RegExp(`^${pattern}$`);
  return (method, path) => {
    const match = method === wantedMethod ? expression.exec(path) : null;
    if (!match) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1] ?? '')]));
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign: GitHub knows nothing by that name.
    throw notFound();
  }
}
