import type { ResponseEntry, ToolResultEntry } from '../../core/journal.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** The answer that the run is working on, with the results that have come so far. */
export type OpenTurn = Readonly<{
  response: ResponseEntry;
  calls: readonly ToolCall[];
  started: ReadonlySet<string>;
  results: ReadonlyMap<string, ToolResultEntry>;
}>;
