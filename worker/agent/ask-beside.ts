import { Stopped } from '../../core/errors.ts';
import type { ModelMessage, SideResult } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { type CallUsage, costMicroUsd } from '../../core/price.ts';
import type { Effort } from '../../core/request.ts';
import { totalTokens } from '../../core/usage.ts';
import type { AgentDeps } from './agent-deps.ts';
import { leftToUse } from './budget.ts';
import type { Look } from './look.ts';
import type { ModelAnswer, ModelFailure } from './model-call.ts';
import type { NewEntry, Recorder } from './recorder.ts';
import { runDeadline } from './run-deadline.ts';
import { type Purpose, saidFor, settledResult, spentOn } from './side-calls.ts';
import { settleAnswer, settleGivenUp } from './settle-question.ts';
import { toolCallsOf } from '../../core/tool-call.ts';

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
  /** The share of the run's money and tokens that must be left after each call. */
  keep: number;
  /** What may be looked at before the answer; nothing when absent. */
  look?: Look | undefined;
}>;

/** One call of the conversation: what is new in it, and whether it must answer now. */
type Turn = Readonly<{ message: ModelMessage; isLast: boolean }>;

// Text is counted high, so that a reservation is not passed.
const BYTES_PER_TOKEN = 3;

/**
 * Asks once per run and purpose, with the money of each call reserved before and settled after, and returns the JSON
 * text of the answer. A conversation that was interrupted goes on behind its last settled call. Undefined when it
 * would cost too much or gave no answer: what asks must do without it. Throws what the journal throws.
 */
export async function askBeside(
  recorder: Recorder,
  question: Question,
): Promise<string | undefined> {
  const done = settledResult(recorder.state().side, question.purpose);
  if (done) return answerOf(done);
  for (;;) {
    const turn = await nextTurn(recorder, question);
    // What was broken off here is no result.
    if (question.deps.signal.aborted) return undefined;
    const begun = saidFor(recorder.state().side, question.purpose).length > 0;
    const sent = await takeTurn(recorder, { question, turn });
    if (!sent && begun) await settleGivenUp(recorder, question.purpose);
    const last = recorder.state().side.results.at(-1);
    if (!sent || !last) return undefined;
    if (last.status !== 'continued') return answerOf(last);
  }
}

function answerOf({ status, text }: SideResult): string | undefined {
  return status === 'answered' ? text : undefined;
}

type Asked = Readonly<{ question: Question; turn: Turn }>;

/** The question, or what was looked at since. It is the last turn when another one like it would pass a bound. */
async function nextTurn(recorder: Recorder, question: Question): Promise<Turn> {
  const { deps, look, text } = question;
  const { side } = recorder.state();
  const messages = saidFor(side, question.purpose);
  const said = messages.at(-1);
  if (!said || !look) {
    const content = [{ type: 'text', text: deps.redact(text).toWellFormed() }];
    return { message: { role: 'user', content }, isLast: !look };
  }
  const content = [...(await look.run(toolCallsOf(said.content)))];
  const message: ModelMessage = { role: 'user', content };
  const usage = worst(question, [...messages, message]);
  const isLast =
    messages.length / 2 + 1 >= look.max_calls ||
    spentOn(side, question.purpose) + 2 * costMicroUsd(question.price, usage) >
      look.max_micro_usd ||
    !isAffordable(recorder, { question, usage, calls: 2 });
  if (isLast) content.push({ type: 'text', text: look.last_words });
  return { message, isLast };
}

/** One paid call. False when it was not sent. */
async function takeTurn(recorder: Recorder, asked: Asked): Promise<boolean> {
  const { question, turn } = asked;
  const { purpose, max_tokens, look } = question;
  const messages = [...saidFor(recorder.state().side, purpose), turn.message];
  const usage = worst(question, messages);
  const reserve = costMicroUsd(question.price, usage);
  if (!isAffordable(recorder, { question, usage, calls: 1 })) return false;
  // A call after the run's time would be broken off at once, and its input paid for.
  if (recorder.elapsed() >= question.deps.limits.wall_clock_ms) return false;
  const intent = {
    type: 'side_intent',
    purpose,
    max_tokens,
    reserved_micro_usd: reserve,
    ...(look ? { message: turn.message } : {}),
  } as const;
  if (!(await reserved(recorder, intent))) return false;
  const reply = await send(recorder, { question, messages });
  const mayLookOn = look !== undefined && !turn.isLast;
  await settleAnswer(recorder, { ...question, reserve, reply, mayLookOn });
  return true;
}

function isAffordable(
  recorder: Recorder,
  { question, usage, calls }: Readonly<{ question: Question; usage: CallUsage; calls: number }>,
): boolean {
  const { limits } = question.deps;
  const left = leftToUse(recorder.state(), limits);
  const money = left.micro_usd - calls * costMicroUsd(question.price, usage);
  const tokens = left.tokens - calls * totalTokens(usage);
  return (
    money >= question.keep * limits.budget_micro_usd &&
    tokens >= question.keep * limits.total_tokens
  );
}

function worst(question: Question, messages: readonly ModelMessage[]): CallUsage {
  const { system, schema, look, max_tokens } = question;
  const text = `${system}${JSON.stringify([schema, look?.tools ?? [], messages])}`;
  const tokens = Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
  return {
    input_tokens: look ? 0 : tokens,
    cache_read_input_tokens: 0,
    // A conversation is written to the cache for its next call.
    cache_creation_input_tokens: look ? tokens : 0,
    cache_creation_1h_input_tokens: 0,
    output_tokens: max_tokens,
  };
}

async function reserved(
  recorder: Recorder,
  intent: Extract<NewEntry, { type: 'side_intent' }>,
): Promise<boolean> {
  try {
    await recorder.record(intent, { type: 'reserve', micro_usd: intent.reserved_micro_usd });
    return true;
  } catch (error) {
    // Nothing was stored, and the run itself goes on with what is left.
    if (error instanceof Stopped && error.reason === 'limit') return false;
    throw error;
  }
}

async function send(
  recorder: Recorder,
  { question, messages }: Readonly<{ question: Question; messages: readonly ModelMessage[] }>,
): Promise<ModelAnswer | ModelFailure> {
  const { deps, system, schema, max_tokens, effort, look } = question;
  const { header } = recorder.state();
  if (!header) throw new Error('A question before the run has a header');
  const reply = await deps.model(
    {
      model: header.model,
      effort,
      system,
      tools: look?.tools ?? [],
      messages,
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
  const least = { ...worst(question, messages), output_tokens: 0 };
  return seen || !paid ? reply : { ...reply, usage: least };
}
