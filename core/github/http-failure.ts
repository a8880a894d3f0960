import { z } from 'zod';

/** What we read of an error that Octokit throws. Without `response`, GitHub was not reached. */
export const HttpFailure = z.object({
  status: z.number().int(),
  message: z.string(),
  response: z
    .object({
      headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()),
      data: z.unknown(),
    })
    .optional(),
});
export type HttpFailure = z.infer<typeof HttpFailure>;

const Answer = z.object({
  message: z.string().default(''),
  documentation_url: z.string().default(''),
  errors: z.array(z.union([z.string(), z.object({ message: z.string().optional() })])).default([]),
});

/** All texts with which GitHub explained a failure: its message first, then those of the single errors. */
export function explanations(failure: HttpFailure): readonly string[] {
  const answer = Answer.safeParse(failure.response?.data);
  if (!answer.success) return [];
  const single = answer.data.errors.map((one) =>
    typeof one === 'string' ? one : (one.message ?? ''),
  );
  return [answer.data.message, ...single].filter((text) => text !== '');
}

/** One response header in lower case, or undefined. */
export function responseHeader(failure: HttpFailure, name: string): string | undefined {
  const value = failure.response?.headers[name];
  return value === undefined ? undefined : String(value);
}

/**
 * Takes request headers and bodies out of an Octokit error and hides its answer from loggers, which print the
 * enumerable fields of an error. Returns the same error; anything else comes back untouched.
 */
export function scrubHttpError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('request' in error) {
    const request = z.object({ method: z.string(), url: z.string() }).safeParse(error.request);
    error.request = { ...(request.success ? request.data : {}), headers: {} };
  }
  if ('response' in error)
    Object.defineProperty(error, 'response', { value: error.response, enumerable: false });
  return error;
}
