import type { Cause } from '../../core/cause.ts';
import type { CallFailed, CallFailureClass } from '../../core/journal.ts';
import { failureCause } from './causes.ts';
import type { AgentLimits } from './limits.ts';

/** Whether a call is sent (again), after which wait in ms, or why not. */
export type Retry =
  Readonly<{ type: 'go'; wait_ms: number }> | Readonly<{ type: 'give_up'; cause: Cause }>;

const retryable: ReadonlySet<CallFailureClass> = new Set([
  'rate_limited',
  'overloaded',
  'server_error',
  'connection',
  'broken',
  'stalled',
]);

/**
 * The one retry policy: what the failed tries of this turn say about the next one. The tries come from the journal,
 * so a restart does not start counting again. `retry-after` is obeyed; what it asks beyond the time that one turn may
 * spend on retries ends the run at once.
 */
export function retryOf(
  failures: readonly CallFailed[],
  facts: Readonly<{ now: number; random: number; limits: AgentLimits; began?: number }>,
): Retry {
  const { began = 0 } = facts;
  const real = failures.filter(({ error, at }) => {
    // Calls that we ended ourselves, or that a lost worker left behind, say nothing about the API.
    if (error === 'aborted' || error === 'worker_lost') return false;
    // The job has waited since.
    return error !== 'spend_limit' || at >= began;
  });
  const [first] = real;
  const last = real.at(-1);
  if (!first || !last) return { type: 'go', wait_ms: 0 };
  if (!retryable.has(last.error)) return { type: 'give_up', cause: failureCause(last) };

  const { retry } = facts.limits;
  const backoff = Math.min(retry.max_ms, retry.base_ms * 2 ** (real.length - 1));
  const own = Math.round(backoff * (0.75 + facts.random * 0.25));
  // What the API asks is the least: an answer that says 0 again and again must not make a tight loop.
  const wait = Math.max(own, last.retry_after_ms ?? 0);
  if (last.at - first.at + wait > retry.budget_ms) {
    return { type: 'give_up', cause: failureCause(last) };
  }
  return { type: 'go', wait_ms: Math.max(0, last.at + wait - facts.now) };
}
