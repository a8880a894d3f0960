/** A fault to serve. `before`: nothing happens; `after`: the effect happens, and the answer is lost or changed. */
export type Fault = Readonly<{
  method?: string;
  /** An expression on the path, or a path template such as `/repos/{owner}/{repo}/pulls`, or a whole path. */
  path: RegExp | string;
  /** How often it strikes. Default 1. */
  times?: number;
  when: 'before' | 'after';
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body?: unknown;
  /** Cuts the connection without an answer. */
  destroy?: boolean;
  delayMs?: number;
}>;

type Where = Readonly<{ method?: string; path?: RegExp | string; times?: number }>;

export type Faults = Readonly<{
  add: (fault: Fault) => void;
  /** GitHub's secondary limit: 403 with `retry-after` (seconds, default 1). */
  secondaryRateLimit: (where?: Where & Readonly<{ retryAfter?: number }>) => void;
  /** GitHub's primary limit: 403 with nothing remaining until `resetAt` (epoch seconds). */
  primaryRateLimit: (where: Where & Readonly<{ resetAt: number }>) => void;
  clear: () => void;
  /** The fault that strikes this request, used up by one. */
  take: (
    request: Readonly<{ method: string; path: string; template: string | undefined }>,
  ) => Fault | undefined;
}>;

/** Creates an empty list of faults. */
export function createFaults(): Faults {
  let pending: { fault: Fault; left: number }[] = [];
  const add = (fault: Fault) => {
    pending.push({ fault, left: fault.times ?? 1 });
  };
  return {
    add,
    secondaryRateLimit: ({ retryAfter = 1, path = /^/, ...where } = {}) =>
      add({
        ...where,
        path,
        when: 'before',
        status: 403,
        headers: { 'retry-after': String(retryAfter) },
        body: {
          message:
            'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
          documentation_url:
            'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
        },
      }),
    primaryRateLimit: ({ resetAt, path = /^/, ...where }) =>
      add({
        ...where,
        path,
        when: 'before',
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(resetAt) },
        body: {
          message: 'API rate limit exceeded for installation.',
          documentation_url:
            'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#primary-rate-limit-for-github-app-installations',
        },
      }),
    clear: () => {
      pending = [];
    },
    take: (request) => {
      const found = pending.find(({ fault, left }) => left > 0 && strikes(fault, request));
      if (found) found.left -= 1;
      return found?.fault;
    },
  };
}

/** Whether the fault keeps the effect from happening; one that only delays does not. */
export function prevents(fault: Fault): boolean {
  if (fault.when !== 'before') return false;
  return fault.destroy === true || fault.status !== undefined || fault.delayMs === undefined;
}

function strikes(
  fault: Fault,
  request: Readonly<{ method: string; path: string; template: string | undefined }>,
): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== request.method) return false;
  if (fault.path instanceof RegExp) return fault.path.test(request.path);
  return fault.path === request.path || fault.path === request.template;
}
