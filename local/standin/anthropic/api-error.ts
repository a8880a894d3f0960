import type { z } from 'zod';

const TYPE_BY_STATUS: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

/** An answer with an error status; `errorCode` goes to `error.details.error_code`. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly errorCode: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    extra: { errorCode?: string; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.errorCode = extra.errorCode ?? null;
    this.headers = extra.headers ?? {};
  }
}

/** Returns the 400 that the API gives for a request that it does not accept. */
export function invalidRequest(message: string): ApiError {
  return new ApiError(400, message);
}

/** Returns the JSON body of an error answer as the API shapes it. */
export function errorBody(error: ApiError, requestId: string): object {
  return {
    type: 'error',
    error: {
      type: errorType(error.status),
      message: error.message,
      ...(error.errorCode === null ? {} : { details: { error_code: error.errorCode } }),
    },
    request_id: requestId,
  };
}

/** Returns the `error.type` that belongs to a status. */
export function errorType(status: number): string {
  return TYPE_BY_STATUS[status] ?? 'api_error';
}

/** Returns the 400 for the first problem that zod found, in the API's "path: problem" form. */
export function invalidInput(error: z.ZodError): ApiError {
  const issue = error.issues[0];
  if (issue === undefined) return invalidRequest('The request is not valid.');
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] ?? ''].join('.');
    return invalidRequest(`${path}: Extra inputs are not permitted`);
  }
  return invalidRequest(`${issue.path.join('.') || 'body'}: ${issue.message}`);
}
