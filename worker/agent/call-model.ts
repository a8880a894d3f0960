import { setTimeout as sleep } from 'node:timers/promises';
import { Stopped } from '../../core/errors.ts';
import type { RequestIntent, RunHeader } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { costMicroUsd } from '../../core/price.ts';
import type { AgentDeps } from './agent-deps.ts';
import { cacheTtl, worstInput } from './budget.ts';
import { limitCause } from './causes.ts';
import type { ModelAnswer, ModelFailure } from './model-call.ts';
import type { Step } from './next-step.ts';
import { prefixSha256 } from './prefix.ts';
import type { Recorder } from './recorder.ts';
import { runDeadline } from './run-deadline.ts';
import { messagesToSend } from './run-state.ts';

type Work = Readonly<{
  deps: AgentDeps;
  price: PriceRow;
  step: Extract<Step, { type: 'call' }>;
}>;

/**
 * One try of one call: the intent with the reserved money, the call, the answer or the failure with what it cost. A
 * reservation that does not fit ends the run.
 */
export async function callModel(recorder: Recorder, work: Work): Promise<void> {
  const { deps } = work;
  const { header } = recorder.state();
  if (!header) throw new Error('A call before the run has a header');
  if (!(await waited(work.step.wait_ms, runDeadline(recorder, deps)))) return;
  const ttl = cacheTtl(recorder.state());
  if (!(await reserve(recorder, { header, work }))) return;

  const { intent, messages } = recorder.state();
  if (!intent) throw new Error('A call without its intent');
  const request = {
    model: header.model,
    effort: header.effort,
    system: header.system,
    tools: header.tools,
    messages,
    max_tokens: intent.max_tokens,
    cache_ttl: ttl,
  };
  const reply = await deps.model(request, runDeadline(recorder, deps));
  await settle(recorder, { reply, intent, work });
}

// Until the run's time is over at most: a call after that would be broken off at once, and paid for.
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    if (ms > 0) await sleep(ms, undefined, { signal });
    return true;
  } catch {
    // Aborted: the loop looks at the signal and at the time next.
    return false;
  }
}

async function reserve(
  recorder: Recorder,
  call: Readonly<{ header: RunHeader; work: Work }>,
): Promise<boolean> {
  const state = recorder.state();
  const { step } = call.work;
  try {
    await recorder.record(
      {
        type: 'request_intent',
        turn: state.turns + 1,
        try: state.failures.length + 1,
        prefix_sha256: prefixSha256(call.header, messagesToSend(state)),
        max_tokens: step.max_tokens,
        reserved_micro_usd: step.reserve_micro_usd,
      },
      { type: 'reserve', micro_usd: step.reserve_micro_usd },
    );
    return true;
  } catch (error) {
    if (!(error instanceof Stopped) || error.reason !== 'limit') throw error;
    await recorder.record({ type: 'outcome', ended: 'stopped', ...limitCause(error.code) });
    return false;
  }
}

async function settle(
  recorder: Recorder,
  call: Readonly<{ reply: ModelAnswer | ModelFailure; intent: RequestIntent; work: Work }>,
): Promise<void> {
  const { intent } = call;
  const { deps, price } = call.work;
  const reply = withLeastUsage(call.reply, recorder);
  const cost = costMicroUsd(price, reply.usage);
  const { cache_creation_1h_input_tokens: _hour, ...usage } = reply.usage;
  const money = {
    type: 'settle',
    reserved_micro_usd: intent.reserved_micro_usd,
    actual_micro_usd: cost,
    usage,
  } as const;
  if (reply.type === 'failure') {
    const { type: _type, begun: _begun, detail, ...failure } = reply;
    deps.log.warn(
      { turn: intent.turn, try: intent.try, error: reply.error, status: reply.status },
      'A call of the model failed',
    );
    await recorder.record(
      {
        type: 'call_failed',
        turn: intent.turn,
        try: intent.try,
        detail: deps.redact(detail),
        ...failure,
        cost_micro_usd: cost,
      },
      { ...money, turns: 0 },
    );
    return;
  }
  await recorder.record(
    {
      type: 'response',
      turn: intent.turn,
      message: { role: 'assistant', content: [...reply.content] },
      usage: reply.usage,
      stop_reason: reply.stop_reason,
      ...(reply.stop_detail ? { stop_detail: deps.redact(reply.stop_detail) } : {}),
      ...(reply.request_id ? { request_id: reply.request_id } : {}),
      cost_micro_usd: cost,
    },
    { ...money, turns: 1 },
  );
}

// A call that we gave up on, or whose answer broke before its first event, may be paid for all the same: then its
// input is estimated. A status that is an error, and a connection that failed, cost nothing.
function withLeastUsage(
  reply: ModelAnswer | ModelFailure,
  recorder: Recorder,
): ModelAnswer | ModelFailure {
  if (reply.type === 'answer') return reply;
  const paid = reply.begun || reply.error === 'stalled' || reply.error === 'aborted';
  const seen = Object.values(reply.usage).some((tokens) => tokens > 0);
  return seen || !paid ? reply : { ...reply, usage: worstInput(recorder.state()) };
}
