import type { CauseCode } from '../../core/cause.ts';

/** Why a call was not answered as asked, where no cause code of a job says it. docs/outcomes.md explains each. */
export type RefusalCode =
  | 'unauthenticated'
  | 'not_found'
  | 'forbidden'
  | 'invalid_request'
  | 'idempotency_key_reused'
  | 'refused'
  | 'nothing_to_do'
  | 'other_origin'
  | 'other_host'
  | 'rate_limited'
  | 'body_too_large'
  | 'sign_in_failed'
  | 'sign_in_not_configured';

/** One thing that is wrong with a call. `field` is a path in its part of the request. */
export type ProblemItem = Readonly<{
  code?: string;
  in?: string;
  field?: string;
  detail: string;
}>;

const statuses: Readonly<Record<RefusalCode, number>> = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  other_origin: 403,
  sign_in_failed: 403,
  not_found: 404,
  nothing_to_do: 409,
  body_too_large: 413,
  other_host: 421,
  idempotency_key_reused: 422,
  refused: 422,
  rate_limited: 429,
  sign_in_not_configured: 503,
};

type Details = Readonly<{
  /** For a cause code; 422 when it is left out. */
  status?: number;
  errors?: readonly ProblemItem[];
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}>;

/** What goes wrong for the caller, as an answer: HTTP status, code and one sentence (RFC 9457). */
export class WebProblem extends Error {
  readonly status: number;
  readonly code: RefusalCode | CauseCode;
  readonly errors: readonly ProblemItem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: RefusalCode | CauseCode, detail: string, details: Details = {}) {
    super(detail, { cause: details.cause });
    this.name = 'WebProblem';
    this.status = details.status ?? statusOf(code);
    this.code = code;
    this.errors = details.errors ?? [];
    this.headers = details.headers ?? {};
  }
}

function statusOf(code: RefusalCode | CauseCode): number {
  return Object.entries(statuses).find(([name]) => name === code)?.[1] ?? 422;
}

/** The one answer for what does not exist and for what the caller may not know of. */
export function notFound(): WebProblem {
  return new WebProblem('not_found', 'There is nothing here, or you may not see it.');
}

/** The answer for what the caller may see and not change. */
export function forbidden(named: string): WebProblem {
  return new WebProblem('forbidden', `You need write permission in ${named} to do this.`);
}
