import type { SideResult } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { type CallUsage, costMicroUsd } from '../../core/price.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { ModelAnswer, ModelFailure } from './model-call.ts';
import { settlement } from './paid-call.ts';
import type { Recorder } from './recorder.ts';
import type { Purpose } from './side-calls.ts';
import { textOf } from '../../core/tool-call.ts';

const nothing: CallUsage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 0,
};

type Reply = ModelAnswer | ModelFailure;

type Settled = Readonly<{
  deps: AgentDeps;
  purpose: Purpose;
  price: PriceRow;
  /** Micro-USD. */
  reserve: number;
  reply: Reply;
  /** Whether an answer that asks for tools gets them. */
  mayLookOn: boolean;
}>;

/** Records what came of a call beside the conversation, with what it cost. */
export async function settleAnswer(recorder: Recorder, call: Settled): Promise<void> {
  const { purpose, price, reply } = call;
  const cost = costMicroUsd(price, reply.usage);
  await recorder.record(
    { type: 'side_result', purpose, ...wordsOf(call), usage: reply.usage, cost_micro_usd: cost },
    settlement({ reserved: call.reserve, cost, usage: reply.usage, turns: 0 }),
  );
}

/** Records that the money for a further call is not there; costs nothing. */
export async function settleGivenUp(recorder: Recorder, purpose: Purpose): Promise<void> {
  await recorder.record({
    type: 'side_result',
    purpose,
    status: 'failed',
    text: '',
    detail: 'There was not enough left for a further call',
    usage: nothing,
    cost_micro_usd: 0,
  });
}

/** Counts a call that an earlier attempt did not live to settle as spent in full: nobody knows what it used. */
export async function settleLostQuestion(recorder: Recorder): Promise<void> {
  const { open } = recorder.state().side;
  if (!open) return;
  const reserved = open.reserved_micro_usd;
  await recorder.record(
    {
      type: 'side_result',
      purpose: open.purpose,
      status: 'lost',
      text: '',
      detail: 'The worker ended before the answer came',
      usage: nothing,
      cost_micro_usd: reserved,
    },
    settlement({ reserved, cost: reserved, usage: nothing, turns: 0 }),
  );
}

function wordsOf({
  reply,
  deps,
  mayLookOn,
}: Settled): Pick<SideResult, 'status' | 'text' | 'content' | 'detail'> {
  if (reply.type === 'answer' && reply.stop_reason === 'end_turn') {
    return { status: 'answered', text: deps.redact(textOf(reply.content)) };
  }
  if (reply.type === 'answer' && reply.stop_reason === 'tool_use' && mayLookOn) {
    return { status: 'continued', text: '', content: [...reply.content] };
  }
  const why = reply.type === 'answer' ? `stopped: ${reply.stop_reason}` : reply.error;
  deps.log.warn({ why }, 'A call beside the conversation gave no answer');
  return { status: deps.signal.aborted ? 'lost' : 'failed', text: '', detail: deps.redact(why) };
}
