import { GithubError } from './github-error.ts';
import type { Principal } from './principal.ts';

/** A request as the limits see it: by its template where the route is known. */
type Counted = Readonly<{ method: string; template: string }>;

/** GitHub's limits, by the names that `brokenLimits` uses. */
export type LimitName =
  | 'requests_per_hour'
  | 'content_per_minute'
  | 'content_per_hour'
  | 'points_per_minute'
  | 'concurrent';

/** GitHub's secondary limits, per installation. */
export type SecondaryLimit = Readonly<{
  /** Counts a request until the function that it returns is called. Throws GithubError 403 with `retry-after`. */
  enter: (principal: Principal, request: Counted) => () => void;
}>;

type Options = Readonly<{
  now: () => number;
  /** How long a minute of the limits lasts, in ms of that clock. */
  minuteMs: number;
  broken: (limit: LimitName, installationId: number) => void;
}>;

type Window = Readonly<{ limit: LimitName; most: number; lengthMs: number }>;

/** What an installation did, oldest first: the time and what it weighs. */
type Seen = { content: [number, number][]; points: [number, number][]; open: number };

type Wanted = Readonly<{ seen: readonly [number, number][]; weight: number }>;

const mostAtOnce = 100;

/**
 * Creates the counters. Any window counts, not only those that begin with a minute, so that nobody can be right by
 * luck. People and the App itself are not counted: a test's person is not what is judged.
 * Source: GitHub, "Rate limits for the REST API", about secondary rate limits (80 a minute and 500 an hour that create
 * content; 900 points a minute with 1 for a read and 5 for a write; 100 at once).
 */
export function createSecondaryLimit({ now, minuteMs, broken }: Options): SecondaryLimit {
  const installations = new Map<number, Seen>();
  const content: readonly Window[] = [
    { limit: 'content_per_minute', most: 80, lengthMs: minuteMs },
    { limit: 'content_per_hour', most: 500, lengthMs: minuteMs * 60 },
  ];
  const points: Window = { limit: 'points_per_minute', most: 900, lengthMs: minuteMs };
  const since = (seen: readonly [number, number][], ms: number) =>
    seen.filter(([at]) => at > now() - ms);
  const refuse = (limit: LimitName, id: number, waitMs: number) => {
    broken(limit, id);
    throw tooMuch(waitMs);
  };
  const check = (id: number, { limit, most, lengthMs }: Window, wanted: Wanted) => {
    const recent = since(wanted.seen, lengthMs);
    const used = recent.reduce((sum, [, one]) => sum + one, 0);
    const oldest = recent[0]?.[0] ?? now();
    if (used + wanted.weight > most) refuse(limit, id, oldest + lengthMs - now());
  };
  return {
    enter: (principal, request) => {
      if (principal.type !== 'installation') return () => undefined;
      const { id } = principal.installation;
      const seen = installations.get(id) ?? { content: [], points: [], open: 0 };
      installations.set(id, seen);
      const weight = isRead(request) ? 1 : 5;
      if (seen.open >= mostAtOnce) refuse('concurrent', id, 1_000);
      check(id, points, { seen: seen.points, weight });
      if (createsContent(request)) {
        for (const window of content) check(id, window, { seen: seen.content, weight: 1 });
        seen.content = [...since(seen.content, minuteMs * 60), [now(), 1]];
      }
      seen.points = [...since(seen.points, minuteMs), [now(), weight]];
      seen.open += 1;
      return () => {
        seen.open -= 1;
      };
    },
  };
}

function isRead({ method }: Counted): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** What people are told of, or see: all writes but those to Git data and contents, and what only deletes. */
function createsContent({ method, template }: Counted): boolean {
  if (!['POST', 'PUT', 'PATCH'].includes(method)) return false;
  return (
    template.startsWith('/repos/') &&
    !/^\/repos\/\{owner\}\/\{repo\}\/(git|contents)\//.test(template)
  );
}

function tooMuch(waitMs: number): GithubError {
  return new GithubError(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    { headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))) } },
  );
}
