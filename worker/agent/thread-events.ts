import type { NoticeEntry, OutcomeEntry, RecordedResult } from '../../core/journal.ts';
import type { ThreadEvent, ToolEvent } from '../../core/thread.ts';
import type { OpenTurn } from './run-state.ts';
import { textOf, thinkingOf } from './tool-call.ts';

const INPUT_MAX = 2_000;
const OUTPUT_MAX = 4_000;

/** A turn as people read it. Not yet redacted: tool output is, the model's own words are on their way out. */
export function turnEvent(open: OpenTurn): ThreadEvent {
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
    input: cut(JSON.stringify(call.input) ?? '', INPUT_MAX),
    output: cut(output, OUTPUT_MAX),
    is_error: result.is_error,
    duration_ms: result.duration_ms,
  };
}

// Cuts on a code point, so that no half of a surrogate pair is left.
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 2)) ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}
