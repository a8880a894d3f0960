import type { Conversation } from '../actor.ts';
import type { ToolResult, WireBlock } from '../message-request.ts';

/** A tool call together with what came back. */
export type Call = Readonly<{
  name: string;
  input: Readonly<Record<string, unknown>>;
  output: string;
  isError: boolean;
}>;

/** What the actor goes by: the task's text and every answered tool call, oldest first. */
export type Seen = Readonly<{ prompt: string; calls: readonly Call[] }>;

/** Returns prompt and calls of a conversation. The prompt is the `<task>` of the first message, or all of it. */
export function readConversation({ messages }: Conversation): Seen {
  const blocks = messages.flatMap((message): WireBlock[] => message.content);
  const results = new Map<string, ToolResult>();
  for (const block of blocks) {
    if (block.type === 'tool_result') results.set(block.tool_use_id, block);
  }
  const calls = blocks.flatMap((block): Call[] => {
    const result = block.type === 'tool_use' ? results.get(block.id) : undefined;
    if (block.type !== 'tool_use' || result === undefined) return [];
    const { name, input } = block;
    return [{ name, input, output: textOf(result), isError: result.is_error ?? false }];
  });
  return { prompt: promptOf(messages), calls };
}

/** Returns a string field of a call's input, '' when it is missing. */
export function inputText(call: Call, field: string): string {
  const value = call.input[field];
  return typeof value === 'string' ? value : '';
}

function textOf(result: ToolResult): string {
  return (result.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

function promptOf(messages: Conversation['messages']): string {
  const text = (messages[0]?.content ?? [])
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('\n');
  const task = /<task>([\s\S]*?)<\/task>/.exec(text)?.[1] ?? text;
  return (/<prompt>([\s\S]*?)<\/prompt>/.exec(task)?.[1] ?? task).trim();
}
