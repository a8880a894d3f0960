import type { PriceRow } from '../../core/price-data.ts';
import { costMicroUsd } from '../../core/price.ts';
import type { AgentDeps } from './agent-deps.ts';
import { cacheTtl, worstInput } from './budget.ts';
import type { ModelAnswer } from './model-call.ts';
import type { Step } from './step.ts';
import { paidCall, settlement } from './paid-call.ts';
import { prefixSha256 } from './prefix.ts';
import { recordFailure } from './record-failure.ts';
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
  const { deps, price, step } = work;
  const before = recorder.state();
  const { header } = before;
  if (!header) throw new Error('A call before the run has a header');
  const shared = before.turns === 0 ? deps.sharedCache : undefined;
  await shared?.wait(runDeadline(recorder, deps));
  const ttl = cacheTtl(before);
  const turn = before.turns + 1;
  const attempt = before.failures.length + 1;
  const reply = await paidCall(recorder, {
    deps,
    wait_ms: step.wait_ms,
    intent: {
      type: 'request_intent',
      turn,
      try: attempt,
      prefix_sha256: prefixSha256(header, messagesToSend(before)),
      max_tokens: step.max_tokens,
      cache_ttl: ttl,
      reserved_micro_usd: step.reserve_micro_usd,
    },
    request: () => ({
      model: header.model,
      effort: header.effort,
      system: header.system,
      tools: header.tools,
      messages: recorder.state().messages,
      max_tokens: step.max_tokens,
      cache_ttl: ttl,
      previous_message_id: before.lastMessageId ?? null,
      ...(header.capabilities ? { capabilities: header.capabilities } : {}),
    }),
    worst: () => worstInput(recorder.state()),
    onBegin: shared?.ready,
  });
  if (!reply) return;
  const call = { turn, try: attempt, reserved: step.reserve_micro_usd, price };
  if (reply.type === 'failure') return await recordFailure(recorder, { deps, reply, call });
  await recordAnswer(recorder, { deps, reply, call });
}

async function recordAnswer(
  recorder: Recorder,
  done: Readonly<{
    deps: AgentDeps;
    reply: ModelAnswer;
    call: Readonly<{ turn: number; reserved: number; price: PriceRow }>;
  }>,
): Promise<void> {
  const { deps, reply, call } = done;
  const cost = costMicroUsd(call.price, reply.usage);
  if (reply.cache_miss) {
    deps.log.warn(
      {
        turn: call.turn,
        cache_miss_reason: reply.cache_miss.reason,
        cache_missed_tokens: reply.cache_miss.tokens,
      },
      'The prompt cache was missed',
    );
  }
  await recorder.record(
    {
      type: 'response',
      turn: call.turn,
      message: { role: 'assistant', content: [...reply.content] },
      usage: reply.usage,
      stop_reason: reply.stop_reason,
      ...(reply.stop_detail ? { stop_detail: deps.redact(reply.stop_detail) } : {}),
      ...(reply.request_id ? { request_id: reply.request_id } : {}),
      ...(reply.message_id ? { message_id: reply.message_id } : {}),
      ...(reply.cache_miss ? { cache_miss: reply.cache_miss } : {}),
      cost_micro_usd: cost,
    },
    settlement({ reserved: call.reserved, cost, usage: reply.usage, turns: 1 }),
  );
}
