import type { ContentBlock, PinnedTool } from '../../core/journal.ts';
import type { AgentDeps } from './agent-deps.ts';
import { toolResultBlock } from './pending-content.ts';
import { looksOnly, reviewNow, tooManyLooks } from './review-prompt.ts';
import type { Recorder } from './recorder.ts';
import { runDeadline } from './run-deadline.ts';
import { runTool, textResult } from './run-tools.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/** What a question may look at, and how far. Bounds hold over all of its calls. */
export type Look = Readonly<{
  tools: readonly PinnedTool[];
  /** Answers every call, in order. */
  run: (calls: readonly ToolCall[]) => Promise<readonly ContentBlock[]>;
  max_calls: number;
  max_micro_usd: number;
  /** Told with the last results. */
  last_words: string;
}>;

const READING = ['read', 'grep', 'glob'];
const MAX_CALLS = 8;
const MAX_AT_ONCE = 8;
// What a reviewer reads it pays for in each of its calls.
const TEXT_MAX = 20_000;

/**
 * The run's own tools that only read, through the same executor. `max_micro_usd` bounds what all calls cost.
 * Undefined when the run has none.
 */
export function createLook(
  recorder: Recorder,
  { deps, max_micro_usd }: Readonly<{ deps: AgentDeps; max_micro_usd: number }>,
): Look | undefined {
  const pinned = recorder.state().header?.tools ?? [];
  const tools = pinned.filter((tool) => !tool.mutating && READING.includes(tool.name));
  if (tools.length === 0) return undefined;
  const known = tools.map((tool) => tool.name);
  const lookAt = async (call: ToolCall, signal: AbortSignal): Promise<ContentBlock> => {
    if (!known.includes(call.name)) return refused(call, looksOnly(known));
    const result = await runTool(call, { deps, signal });
    const texts = result.content.map((part) => (part.type === 'text' ? part.text : '[an image]'));
    const content = [{ type: 'text' as const, text: shortened(texts.join('\n')) }];
    return toolResultBlock({ tool_use_id: call.id, result: { ...result, content } });
  };
  return {
    tools,
    max_calls: MAX_CALLS,
    max_micro_usd,
    last_words: reviewNow(),
    run: async (calls) => {
      const signal = runDeadline(recorder, deps);
      return await Promise.all(
        calls.map((call, index) =>
          index < MAX_AT_ONCE
            ? lookAt(call, signal)
            : Promise.resolve(refused(call, tooManyLooks(MAX_AT_ONCE))),
        ),
      );
    },
  };
}

function refused(call: ToolCall, text: string): ContentBlock {
  return toolResultBlock({ tool_use_id: call.id, result: textResult(text, { isError: true }) });
}

function shortened(text: string): string {
  if (text.length <= TEXT_MAX) return text;
  return `${text.slice(0, TEXT_MAX).toWellFormed()}\n[cut; ask for less at once]`;
}
