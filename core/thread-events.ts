import type {
  CompactionEntry,
  NoticeEntry,
  OutcomeEntry,
  RecordedResult,
  ResponseEntry,
} from './journal.ts';
import type { ThreadEvent, ToolEvent } from './thread.ts';
import { textOf, thinkingOf, type ToolCall } from './tool-call.ts';

/** An answer of the model, its calls, and those of their results that have come, by the calls' ids. */
type Answered = Readonly<{
  response: ResponseEntry;
  calls: readonly ToolCall[];
  results: ReadonlyMap<string, Readonly<{ result: RecordedResult }>>;
}>;

/** A turn as people read it, before `redactEvent` has taken out secrets and cut it to size. */
export function turnEvent(open: Answered): ThreadEvent {
  const { response } = open;
  const { cache_creation_1h_input_tokens: _hour, ...usage } = response.usage;
  return {
    type: 'turn',
    index: response.turn,
    thinking: thinkingOf(response.message.content),
    text: textOf(response.message.content),
    tools: open.calls.flatMap((call) => {
      const entry = open.results.get(call.id);
      return entry ? [toolEvent(call, entry.result)] : [];
    }),
    usage,
    cost_micro_usd: response.cost_micro_usd,
    stop_reason: response.stop_reason,
  };
}

/** A word of the harness to the model. */
export function noticeEvent(entry: NoticeEntry): ThreadEvent {
  return { type: 'notice', text: entry.text };
}

/** Earlier turns were replaced, and what that cost. */
export function compactionEvent(entry: CompactionEntry): ThreadEvent {
  if (entry.kind === 'handoff') {
    return {
      type: 'notice',
      text: 'The conversation got too long and started anew with a record of the work.',
    };
  }
  const { usage } = entry;
  const read =
    usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  const usd = (entry.cost_micro_usd / 1_000_000).toFixed(4);
  const text = `Earlier turns were summarized to make room: ${read} tokens read, ${usage.output_tokens} written, ${usd} US dollars.`;
  return { type: 'notice', text };
}

// The API could not look (yet), which says nothing about the request.
const noDiagnosis = new Set(['unavailable', 'previous_message_not_found']);

/** A miss that a conversation which only grows should not have. */
export function cacheMissEvents({ cache_miss: miss }: ResponseEntry): ThreadEvent[] {
  if (!miss || noDiagnosis.has(miss.reason)) return [];
  const text = `The prompt cache was missed (${miss.reason}): about ${miss.tokens} tokens were paid for again.`;
  return [{ type: 'notice', text }];
}

/** How the run ended. */
export function outcomeEvent(entry: OutcomeEntry): ThreadEvent {
  return { type: 'outcome', code: entry.code, sentence: entry.sentence };
}

function toolEvent(
  call: Readonly<{ name: string; input: unknown }>,
  result: RecordedResult,
): ToolEvent {
  const output = result.content
    .map((part) => (part.type === 'text' ? part.text : `[image: ${part.media_type}]`))
    .join('\n');
  return {
    name: call.name,
    input: JSON.stringify(call.input) ?? '',
    output,
    is_error: result.is_error,
    duration_ms: result.duration_ms,
  };
}
