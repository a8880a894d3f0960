import { HTTPException } from 'hono/http-exception';
import type { Logger } from 'pino';
import { TransientError, UserError } from '../../core/errors.ts';
import { WebProblem } from './problem.ts';

/** Returns the problem that an error is to the caller; what we did not expect is logged and told as one sentence. */
export function problemOf(error: unknown, log: Logger): WebProblem {
  if (error instanceof WebProblem) return error;
  if (error instanceof UserError) return new WebProblem(error.code, told(error));
  if (error instanceof TransientError) {
    log.warn({ err: error }, 'A call of the pages could not be answered now');
    const seconds = Math.ceil((error.retryAfterMs ?? 5_000) / 1000);
    return new WebProblem(error.code, 'This cannot be answered now. Try again soon.', {
      status: 503,
      headers: { 'retry-after': String(seconds) },
      cause: error,
    });
  }
  if (error instanceof HTTPException && error.status < 500)
    return new WebProblem('invalid_request', 'The request cannot be read.');
  log.error({ err: error }, 'A call of the pages failed');
  return new WebProblem('internal_error', 'This failed because of a defect. Tell the operator.', {
    status: 500,
  });
}

function told({ message, next }: UserError): string {
  return next === undefined ? message : `${message} ${next}`;
}

/** The answer in the form of RFC 9457. */
export function problemResponse(problem: WebProblem): Response {
  const { status, code, message, errors, headers } = problem;
  const body = {
    type: `/docs/outcomes.md#${code}`,
    title: titleOf(status),
    status,
    code,
    detail: message,
    ...(errors.length > 0 ? { errors } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
  });
}

const titles: Readonly<Record<number, string>> = {
  400: 'The request is malformed',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Not possible now',
  413: 'Too large',
  421: 'Another server was meant',
  422: 'The request was not accepted',
  429: 'Too many requests',
  500: 'Defect',
  503: 'Not available now',
};

function titleOf(status: number): string {
  return titles[status] ?? 'The request failed';
}
