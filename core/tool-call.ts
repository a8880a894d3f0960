import { z } from 'zod';
import type { ContentBlock } from './journal.ts';

/** A tool call as the model wrote it. */
export const ToolCall = z.object({ id: z.string(), name: z.string(), input: z.unknown() });
export type ToolCall = z.infer<typeof ToolCall>;

const ToolUse = ToolCall.extend({ type: z.literal('tool_use') });

/** The tool calls of an answer, in its order. */
export function toolCallsOf(content: readonly ContentBlock[]): ToolCall[] {
  return content.flatMap((block) => {
    const parsed = ToolUse.safeParse(block);
    if (!parsed.success) return [];
    const { id, name, input } = parsed.data;
    return [{ id, name, input }];
  });
}

/** The visible text of an answer. */
export function textOf(content: readonly ContentBlock[]): string {
  return content
    .flatMap((block) =>
      block.type === 'text' && typeof block.text === 'string' ? [block.text] : [],
    )
    .join('\n\n')
    .trim();
}

/** The summarized thinking of an answer, empty when the model gave none. */
export function thinkingOf(content: readonly ContentBlock[]): string {
  return content
    .flatMap((block) =>
      block.type === 'thinking' && typeof block.thinking === 'string' ? [block.thinking] : [],
    )
    .join('\n\n')
    .trim();
}
