import { z } from 'zod';
import { CauseCode } from '../../core/cause.ts';
import { ConditionFailed, Stopped, TransientError, UserError } from '../../core/errors.ts';

const Link = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('user'),
    code: CauseCode,
    message: z.string(),
    next: z.string().optional(),
  }),
  z.object({
    type: z.literal('transient'),
    code: CauseCode,
    message: z.string(),
    retry_after_ms: z.number().optional(),
  }),
  z.object({
    type: z.literal('stopped'),
    code: CauseCode,
    reason: z.enum(['cancelled', 'shutdown', 'lease_lost', 'limit']),
    message: z.string(),
  }),
  z.object({ type: z.literal('condition'), message: z.string(), index: z.number() }),
  z.object({
    type: z.literal('other'),
    name: z.string(),
    message: z.string(),
    stack: z.string().optional(),
    code: z.union([z.string(), z.number()]).optional(),
    status: z.number().optional(),
  }),
]);
type Link = z.infer<typeof Link>;

/** An error and its causes, as they cross a pipe. */
export const WireError = z.array(Link).min(1);
export type WireError = z.infer<typeof WireError>;

const maxCauses = 5;

/** Takes from an error what decides about a job and what a log shows. `clean` takes secrets out of its texts. */
export function encodeError(error: unknown, clean = (text: string) => text): WireError {
  const links: Link[] = [];
  for (let at = error; links.length <= maxCauses; at = at.cause) {
    links.push(encodeLink(at, clean));
    if (!(at instanceof Error) || at.cause === undefined) break;
  }
  return links;
}

/** Makes the same error again: class, fields and causes are those that `encodeError` was given. */
export function decodeError(wire: WireError): Error {
  let cause: Error | undefined;
  for (const link of wire.toReversed()) cause = decodeLink(link, cause);
  return cause ?? new Error('An error without content');
}

function encodeLink(error: unknown, clean: (text: string) => string): Link {
  if (!(error instanceof Error)) return { type: 'other', name: 'Error', message: typeof error };
  const message = clean(error.message);
  if (error instanceof UserError) {
    const next = error.next === undefined ? undefined : clean(error.next);
    return { type: 'user', code: error.code, message, next };
  }
  if (error instanceof TransientError) {
    const { code, retryAfterMs } = error;
    // JSON has no number that is not finite.
    const after = Number.isFinite(retryAfterMs) ? { retry_after_ms: retryAfterMs } : {};
    return { type: 'transient', code, message, ...after };
  }
  if (error instanceof Stopped)
    return { type: 'stopped', code: error.code, reason: error.reason, message };
  if (error instanceof ConditionFailed) return { type: 'condition', message, index: error.index };
  const { name, stack } = error;
  const code =
    'code' in error ? z.union([z.string(), z.number()]).safeParse(error.code).data : undefined;
  const status = 'status' in error ? z.number().safeParse(error.status).data : undefined;
  return { type: 'other', name, message, stack: stack && clean(stack), code, status };
}

function decodeLink(link: Link, cause: Error | undefined): Error {
  const { message } = link;
  switch (link.type) {
    case 'user':
      return new UserError(link.code, message, {
        cause,
        ...(link.next === undefined ? {} : { next: link.next }),
      });
    case 'transient':
      return new TransientError(link.code, message, {
        cause,
        ...(link.retry_after_ms === undefined ? {} : { retryAfterMs: link.retry_after_ms }),
      });
    case 'stopped':
      return new Stopped(link.reason, link.code, message, { cause });
    case 'condition':
      return new ConditionFailed(message, { cause, index: link.index });
    case 'other': {
      const { name, stack, code, status } = link;
      return Object.assign(new Error(message, { cause }), {
        ...(name === 'Error' ? {} : { name }),
        ...(stack === undefined ? {} : { stack }),
        ...(code === undefined ? {} : { code }),
        ...(status === undefined ? {} : { status }),
      });
    }
  }
}
