import { APIConnectionError, APIError } from '@anthropic-ai/sdk';
import type { CallFailureClass } from '../../core/journal.ts';
import type { CallUsage } from '../../core/price.ts';
import type { ModelFailure } from './model-call.ts';

// Codes of `error.details.error_code` that say that money, not speed, ran out: waiting does not help.
const SPEND_CODES = new Set([
  'enforced_spend_limit_reached',
  'contract_spend_limit_reached',
  'ramp_limit_exceeded',
]);

/**
 * What went wrong with a call, as a class that the loop acts on. `ended` says that we ended the call ourselves.
 * Classes come from status, type and error code, never from the message's words.
 */
export function failureOf(
  error: unknown,
  call: Readonly<{
    ended: 'stalled' | 'aborted' | undefined;
    begun: boolean;
    usage: CallUsage;
  }>,
): ModelFailure {
  const common = { type: 'failure', begun: call.begun, usage: call.usage } as const;
  if (call.ended) {
    const detail = call.ended === 'stalled' ? 'No answer in time' : 'Ended by the worker';
    return { ...common, error: call.ended, detail };
  }
  if (error instanceof APIConnectionError) {
    return { ...common, error: call.begun ? 'broken' : 'connection', detail: causeOf(error) };
  }
  if (error instanceof APIError) {
    return {
      ...common,
      error: classOf(error),
      status: error.status,
      detail: (error.apiMessage ?? error.type ?? 'No details').slice(0, 300),
      retry_after_ms: retryAfterMs(error.headers),
    };
  }
  // Everything else that the SDK throws here is a stream that broke off or did not parse.
  const detail = error instanceof Error ? error.message.slice(0, 300) : 'The stream broke off';
  return { ...common, error: 'broken', detail };
}

function classOf(error: APIError): CallFailureClass {
  if (error.status === undefined) return streamErrors.get(error.type) ?? 'broken';
  if (error.status === 402 || isSpendLimit(error)) return 'spend_limit';
  const byStatus = classOfStatus(error.status);
  const mayRetry = byStatus === 'rate_limited' || byStatus === 'server_error';
  return mayRetry && error.headers?.get('x-should-retry') === 'false' ? 'rejected' : byStatus;
}

function isSpendLimit(error: APIError): boolean {
  return error.errorCode !== null && SPEND_CODES.has(error.errorCode);
}

function classOfStatus(status: number): CallFailureClass {
  if (status === 401 || status === 403) return 'key_rejected';
  if (status === 429) return 'rate_limited';
  if (status === 529) return 'overloaded';
  if (status === 413) return 'context_exceeded';
  if (status === 408 || status === 409 || status >= 500) return 'server_error';
  return 'rejected';
}

// An `error` event in the middle of a stream has a type but no status.
const streamErrors: ReadonlyMap<string | null, CallFailureClass> = new Map([
  ['overloaded_error', 'overloaded'],
  ['rate_limit_error', 'rate_limited'],
  ['authentication_error', 'key_rejected'],
  ['permission_error', 'key_rejected'],
  ['invalid_request_error', 'rejected'],
]);

function retryAfterMs(headers: Headers | undefined): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(ms)) return Math.max(0, ms);
  const text = headers?.get('retry-after');
  if (!text) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const until = Date.parse(text);
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}

function causeOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message.slice(0, 300);
}
