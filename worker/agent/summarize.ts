import { z } from 'zod';
import type { ContentBlock, RunHeader } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { costMicroUsd } from '../../core/price.ts';
import { UserError } from '../../core/errors.ts';
import type { AgentDeps } from './agent-deps.ts';
import { worstInputOf } from './budget.ts';
import type { ModelAnswer, ModelFailure } from './model-call.ts';
import type { Step } from './step.ts';
import { paidCall, settlement } from './paid-call.ts';
import { prefixSha256 } from './prefix.ts';
import { handoffNote, summaryNote } from './compaction-prompt.ts';
import { recordFailure } from './record-failure.ts';
import type { Recorder } from './recorder.ts';
import type { WorkLog } from './work-log.ts';

type Work = Readonly<{
  deps: AgentDeps;
  price: PriceRow;
  step: Extract<Step, { type: 'summarize' }>;
}>;

/**
 * Has the API summarize the front of the conversation and puts its signed block in the place of those messages. A
 * call that fails, or gives no summary, is recorded as failed; the loop then decides anew.
 */
export async function summarize(recorder: Recorder, due: Work): Promise<void> {
  const { deps, price, step } = due;
  const before = recorder.state();
  const header = headerOf(recorder);
  const messages = before.messages.slice(0, step.cut);
  // Before the call: what fails here must not cost a summary.
  const work = await withRealFiles(deps, before.work);
  const call = {
    turn: before.turns + 1,
    try: before.failures.filter((failure) => failure.compaction).length + 1,
    compaction: true,
    reserved: step.reserve_micro_usd,
    price,
  } as const;
  const reply = await paidCall(recorder, {
    deps,
    wait_ms: step.wait_ms,
    intent: {
      type: 'request_intent',
      turn: call.turn,
      try: call.try,
      prefix_sha256: prefixSha256(header, messages),
      max_tokens: step.max_tokens,
      compacts: step.cut,
      reserved_micro_usd: call.reserved,
    },
    request: () => ({
      model: header.model,
      effort: header.effort,
      system: header.system,
      tools: header.tools,
      messages,
      max_tokens: step.max_tokens,
      cache_ttl: before.sentTtl,
      compact: true,
      ...(header.capabilities ? { capabilities: header.capabilities } : {}),
    }),
    worst: () => worstInputOf(before, messages),
  });
  if (!reply) return;
  const block = reply.type === 'answer' ? summaryOf(reply) : undefined;
  if (reply.type === 'failure' || !block) {
    return await recordFailure(recorder, { deps, reply: failureOf(reply), call });
  }
  const cost = costMicroUsd(price, reply.usage);
  deps.log.info({ turn: call.turn, messages: step.cut }, 'Earlier turns were summarized');
  await recorder.record(
    {
      type: 'compaction',
      kind: 'summary',
      range: { messages: step.cut },
      replacement: [{ role: 'assistant', content: [block] }],
      note: deps.redact(summaryNote(taskOf(header), work)).toWellFormed(),
      usage: reply.usage,
      ...(reply.request_id ? { request_id: reply.request_id } : {}),
      cost_micro_usd: cost,
    },
    settlement({ reserved: call.reserved, cost, usage: reply.usage, turns: 0 }),
  );
}

/** Starts a fresh conversation with a record of the work; nothing of the old one is carried over. Costs nothing. */
export async function handOff(recorder: Recorder, deps: AgentDeps): Promise<void> {
  const { messages, turns, work: log } = recorder.state();
  const work = await withRealFiles(deps, log);
  const header = headerOf(recorder);
  deps.log.info({ turn: turns, messages: messages.length }, 'The conversation starts anew');
  await recorder.record({
    type: 'compaction',
    kind: 'handoff',
    range: { messages: messages.length },
    replacement: header.first_messages,
    note: deps.redact(handoffNote(work)).toWellFormed(),
    usage: {
      input_tokens: 0,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_creation_1h_input_tokens: 0,
      output_tokens: 0,
    },
    cost_micro_usd: 0,
  });
}

// The work tree knows what commands changed too. Where it is too large to be compared, the calls of edit and write
// are what is left to tell.
async function withRealFiles(deps: AgentDeps, log: WorkLog): Promise<WorkLog> {
  try {
    return deps.changedFiles ? { ...log, files: await deps.changedFiles() } : log;
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'too_large') throw error;
    return log;
  }
}

function headerOf(recorder: Recorder): RunHeader {
  const { header } = recorder.state();
  if (!header) throw new Error('A summary before the run has a header');
  return header;
}

// The first block of the first message holds the task and its context.
function taskOf(header: RunHeader): string {
  const first = header.first_messages[0]?.content[0];
  return typeof first?.text === 'string' ? first.text : '';
}

const Summary = z.looseObject({ type: z.literal('compaction'), content: z.string().min(1) });

function summaryOf(answer: ModelAnswer): ContentBlock | undefined {
  const [block, ...rest] = answer.content;
  const only = rest.length === 0 && answer.stop_reason === 'compaction';
  return only && Summary.safeParse(block).success ? block : undefined;
}

function failureOf(reply: ModelAnswer | ModelFailure): ModelFailure {
  if (reply.type === 'failure') return reply;
  return {
    type: 'failure',
    error: 'rejected',
    detail: 'No summary came back',
    begun: true,
    usage: reply.usage,
  };
}
