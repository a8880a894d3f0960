import { setTimeout as sleep } from 'node:timers/promises';
import { Stopped } from '../../core/errors.ts';
import type { CallUsage } from '../../core/price.ts';
import type { AgentDeps } from './agent-deps.ts';
import { limitCause } from './causes.ts';
import type { Money } from './journal.ts';
import type { ModelAnswer, ModelFailure, ModelRequest } from './model-call.ts';
import type { NewEntry, Recorder } from './recorder.ts';
import { runDeadline } from './run-deadline.ts';

type Call = Readonly<{
  deps: AgentDeps;
  wait_ms: number;
  intent: Extract<NewEntry, { type: 'request_intent' }>;
  /** Built after the intent is recorded. */
  request: () => ModelRequest;
  /** Input that is paid for when a call broke off before it told what it used. */
  worst: () => CallUsage;
  /** Called when the answer begins. */
  onBegin?: (() => void) | undefined;
}>;

/**
 * Waits, records the intent with the reserved money, and sends the call. Undefined when it was not sent: the run's
 * time is over, or the reservation did not fit and ended the run.
 */
export async function paidCall(
  recorder: Recorder,
  call: Call,
): Promise<ModelAnswer | ModelFailure | undefined> {
  const { deps } = call;
  if (!(await waited(call.wait_ms, runDeadline(recorder, deps)))) return undefined;
  if (!(await reserve(recorder, call.intent))) return undefined;
  const reply = await deps.model(call.request(), runDeadline(recorder, deps), call.onBegin);
  return withLeastUsage(reply, call.worst);
}

/** The money that moves when a call is settled. */
export function settlement(
  call: Readonly<{ reserved: number; cost: number; usage: CallUsage; turns: number }>,
): Money {
  const { cache_creation_1h_input_tokens: _hour, ...usage } = call.usage;
  return {
    type: 'settle',
    reserved_micro_usd: call.reserved,
    actual_micro_usd: call.cost,
    usage,
    turns: call.turns,
  };
}

// Until the run's time is over at most: a call after that would be broken off at once, and paid for. The signal may
// have been aborted before, while the shared cache was waited for.
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    if (ms > 0) await sleep(ms, undefined, { signal });
    return !signal.aborted;
  } catch {
    // Aborted: the loop looks at the signal and at the time next.
    return false;
  }
}

async function reserve(recorder: Recorder, intent: Call['intent']): Promise<boolean> {
  try {
    const reserve = { type: 'reserve', micro_usd: intent.reserved_micro_usd } as const;
    await recorder.record(intent, reserve);
    return true;
  } catch (error) {
    if (!(error instanceof Stopped) || error.reason !== 'limit') throw error;
    await recorder.record({ type: 'outcome', ended: 'stopped', ...limitCause(error.code) });
    return false;
  }
}

// A call that we gave up on, or whose answer broke before its first event, may be paid for all the same: then its
// input is estimated. A status that is an error, and a connection that failed, cost nothing.
function withLeastUsage(
  reply: ModelAnswer | ModelFailure,
  worst: () => CallUsage,
): ModelAnswer | ModelFailure {
  if (reply.type === 'answer') return reply;
  const paid = reply.begun || reply.error === 'stalled' || reply.error === 'aborted';
  const seen = Object.values(reply.usage).some((tokens) => tokens > 0);
  return seen || !paid ? reply : { ...reply, usage: worst() };
}
