/** One entry of the `errors` list in GitHub's validation answers. */
type FieldError = Readonly<{
  resource: string;
  field?: string;
  code: string;
  message?: string;
  value?: string | null;
}>;

type Details = Readonly<{
  errors?: readonly (FieldError | string)[];
  headers?: Readonly<Record<string, string>>;
}>;

/** A refusal as GitHub words it. The pipeline turns it into an answer with `message` and `documentation_url`. */
export class GithubError extends Error {
  readonly status: number;
  readonly errors: readonly (FieldError | string)[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    this.name = 'GithubError';
    this.status = status;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
  }
}

/** 404 with GitHub's fixed words. */
export function notFound(): GithubError {
  return new GithubError(404, 'Not Found');
}

/** 401 with GitHub's fixed words for an unknown, expired or revoked credential. */
export function badCredentials(): GithubError {
  return new GithubError(401, 'Bad credentials');
}

/** 403 for an App that lacks a permission; the header names what would have been accepted. */
export function notAccessible(accepted: string): GithubError {
  return new GithubError(403, 'Resource not accessible by integration', {
    headers: { 'x-accepted-github-permissions': accepted },
  });
}

/** 422 "Validation Failed" with its list of field errors. */
export function validationFailed(...errors: FieldError[]): GithubError {
  return new GithubError(422, 'Validation Failed', { errors });
}

/** 422 with a sentence and no list, as the Git Data routes answer. */
export function unprocessable(message: string): GithubError {
  return new GithubError(422, message);
}
