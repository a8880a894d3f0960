import type { NoticeEntry, OutcomeEntry, RecordedResult } from '../../core/journal.ts';
import type { ThreadEvent, ToolEvent } from '../../core/thread.ts';
import type { OpenTurn } from './open-turn.ts';
import { textOf, thinkingOf } from './tool-call.ts';

/** A turn as people read it, before `redactEvent` has taken out secrets and cut it to size. */
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
    input: JSON.stringify(call.input) ?? '',
    output,
    is_error: result.is_error,
    duration_ms: result.duration_ms,
  };
}
