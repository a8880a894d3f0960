import type { ResponseEntry } from '../../core/journal.ts';
import { toolCallsOf } from '../../core/tool-call.ts';

/** The stop reason of an answer that no longer fitted into the context. */
export const contextFull = 'model_context_window_exceeded';

/**
 * True when an answer does not become part of the conversation: it is empty, two of its calls share an id, the context
 * was full before it ended, or a call in it was cut at the output limit for the first time (the same request is then
 * sent once more with more room).
 */
export function isDropped(entry: ResponseEntry, unfinished: number): boolean {
  if (!isUsable(entry) || entry.stop_reason === contextFull) return true;
  const cut = entry.stop_reason === 'max_tokens';
  return cut && unfinished === 1 && toolCallsOf(entry.message.content).length > 0;
}

// An empty message, or calls that cannot be told apart, would be refused when sent back.
function isUsable(entry: ResponseEntry): boolean {
  const ids = toolCallsOf(entry.message.content).map((call) => call.id);
  const speaks = entry.stop_reason === 'refusal' || entry.message.content.length > 0;
  return speaks && new Set(ids).size === ids.length;
}

/** True for an answer that is cut, paused or cannot be used. */
export function isUnfinished(entry: ResponseEntry): boolean {
  if (!isUsable(entry)) return true;
  return entry.stop_reason === 'max_tokens' || entry.stop_reason === 'pause_turn';
}
