import { Stopped } from '../../core/errors.ts';
import type { SideResult } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { type CallUsage, costMicroUsd } from '../../core/price.ts';
import type { Effort } from '../../core/request.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { ModelAnswer, ModelFailure } from './model-call.ts';
import type { Recorder } from './recorder.ts';
import { runDeadline } from './run-deadline.ts';
import { type Purpose, settledResult } from './side-calls.ts';
import { textOf } from './tool-call.ts';

/** A question in a conversation of its own. */
export type Question = Readonly<{
  deps: AgentDeps;
  price: PriceRow;
  purpose: Purpose;
  effort: Effort;
  system: string;
  text: string;
  schema: Readonly<Record<string, unknown>>;
  max_tokens: number;
  /** Micro-USD of the run's budget that must be left after it. */
  keep_micro_usd: number;
}>;

// Text is counted high, so that a reservation is not passed.
const BYTES_PER_TOKEN = 3;

/**
 * Asks once per run and purpose, with the money reserved before and settled after, and returns the JSON text of the
 * answer. Undefined when it would cost too much or gave no answer: what asks must do without it. Throws what the
 * journal throws.
 */
export async function askBeside(
  recorder: Recorder,
  question: Question,
): Promise<string | undefined> {
  const done = settledResult(recorder.state().side, question.purpose);
  if (done) return answerOf(done);
  const reserve = costMicroUsd(question.price, worst(question));
  const left = question.deps.limits.budget_micro_usd - recorder.state().cost_micro_usd;
  if (left - reserve < question.keep_micro_usd) return undefined;
  if (!(await reserved(recorder, { question, reserve }))) return undefined;
  const reply = await send(recorder, question);
  await settle(recorder, { question, reserve, reply });
  const last = recorder.state().side.results.at(-1);
  return last && answerOf(last);
}

/** Counts a call that an earlier attempt did not live to settle as spent in full: nobody knows what it used. */
export async function settleLostQuestion(recorder: Recorder): Promise<void> {
  const { open } = recorder.state().side;
  if (!open) return;
  const money = { reserved: open.reserved_micro_usd, actual: open.reserved_micro_usd };
  await recorder.record(
    {
      type: 'side_result',
      purpose: open.purpose,
      status: 'lost',
      text: '',
      detail: 'The worker ended before the answer came',
      usage: noCallUsage,
      cost_micro_usd: money.actual,
    },
    settlement(money, noCallUsage),
  );
}

function answerOf({ status, text }: SideResult): string | undefined {
  return status === 'answered' ? text : undefined;
}

const noCallUsage: CallUsage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 0,
};

function worst({ system, text, schema, max_tokens }: Question): CallUsage {
  const bytes = Buffer.byteLength(`${system}${text}${JSON.stringify(schema)}`);
  return {
    ...noCallUsage,
    input_tokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    output_tokens: max_tokens,
  };
}

async function reserved(
  recorder: Recorder,
  { question, reserve }: Readonly<{ question: Question; reserve: number }>,
): Promise<boolean> {
  const { purpose, max_tokens } = question;
  try {
    await recorder.record(
      { type: 'side_intent', purpose, max_tokens, reserved_micro_usd: reserve },
      { type: 'reserve', micro_usd: reserve },
    );
    return true;
  } catch (error) {
    // Nothing was stored, and the run itself goes on with what is left.
    if (error instanceof Stopped && error.reason === 'limit') return false;
    throw error;
  }
}

async function send(recorder: Recorder, question: Question): Promise<ModelAnswer | ModelFailure> {
  const { deps, system, text, schema, max_tokens, effort } = question;
  const { header } = recorder.state();
  if (!header) throw new Error('A question before the run has a header');
  const content = [{ type: 'text', text: deps.redact(text).toWellFormed() }];
  const reply = await deps.model(
    {
      model: header.model,
      effort,
      system,
      tools: [],
      messages: [{ role: 'user', content }],
      max_tokens,
      cache_ttl: '5m',
      output_schema: schema,
      ...(header.capabilities ? { capabilities: header.capabilities } : {}),
    },
    runDeadline(recorder, deps),
  );
  if (reply.type === 'answer') return reply;
  // A call that broke off may be paid for although it never told what it used.
  const paid = reply.begun || reply.error === 'stalled' || reply.error === 'aborted';
  const seen = Object.values(reply.usage).some((tokens) => tokens > 0);
  return seen || !paid ? reply : { ...reply, usage: { ...worst(question), output_tokens: 0 } };
}

async function settle(
  recorder: Recorder,
  call: Readonly<{ question: Question; reserve: number; reply: ModelAnswer | ModelFailure }>,
): Promise<void> {
  const { question, reply } = call;
  const { deps, purpose, price } = question;
  const cost = costMicroUsd(price, reply.usage);
  await recorder.record(
    {
      type: 'side_result',
      purpose,
      ...wordsOf(reply, deps),
      usage: reply.usage,
      cost_micro_usd: cost,
    },
    settlement({ reserved: call.reserve, actual: cost }, reply.usage),
  );
}

function wordsOf(
  reply: ModelAnswer | ModelFailure,
  { redact, signal, log }: AgentDeps,
): Pick<SideResult, 'status' | 'text' | 'detail'> {
  if (reply.type === 'answer' && reply.stop_reason === 'end_turn') {
    return { status: 'answered', text: redact(textOf(reply.content)) };
  }
  const why = reply.type === 'answer' ? `stopped: ${reply.stop_reason}` : reply.error;
  log.warn({ why }, 'A call beside the conversation gave no answer');
  return { status: signal.aborted ? 'lost' : 'failed', text: '', detail: redact(why) };
}

function settlement(money: Readonly<{ reserved: number; actual: number }>, used: CallUsage) {
  const { cache_creation_1h_input_tokens: _hour, ...usage } = used;
  return {
    type: 'settle',
    reserved_micro_usd: money.reserved,
    actual_micro_usd: money.actual,
    usage,
    turns: 0,
  } as const;
}
