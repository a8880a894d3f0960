import type { RecordedResult } from '../../core/journal.ts';
import { sha256 } from '../../core/ids.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** One call in short, for telling whether the run goes round in circles. */
export type ToolTrace = Readonly<{
  turn: number;
  /** Hash of name and input. */
  call: string;
  /** Hash of what came back. */
  result: string;
  is_error: boolean;
  mutated: boolean;
}>;

/** The short form of a finished call. */
export function toolTrace(
  done: Readonly<{ call: ToolCall; result: RecordedResult; turn: number }>,
): ToolTrace {
  const text = done.result.content.map((part) => (part.type === 'text' ? part.text : part.data));
  return {
    turn: done.turn,
    call: sha256(JSON.stringify([done.call.name, done.call.input])),
    // Durations stand in some outputs and differ from run to run.
    result: sha256(text.join('\n').replaceAll(/\d+(?:\.\d+)? ?m?s\b/g, '')),
    is_error: done.result.is_error,
    mutated: done.result.mutated,
  };
}
