import type { ContentBlock, ModelMessage } from '../../core/journal.ts';
import type { ModelRequest } from './model-call.ts';

// A breakpoint finds what was cached up to twenty blocks before it (platform documentation, "Prompt caching").
const LOOK_BACK_BLOCKS = 20;

/**
 * The messages as they go over the wire. After a turn with so many calls that the breakpoint at the end would not find
 * what the last request cached, the end of that request is marked too. The mark is the task's, so that there are
 * never more than four: marks are no part of the prefix, and the parts after the task have one of their own.
 */
export function messagesOf(request: ModelRequest): readonly ModelMessage[] {
  const { messages } = request;
  const added = messages.findLastIndex(
    (message, index) => message.role === 'assistant' && messages[index - 1]?.role === 'user',
  );
  const blocks = messages.slice(added).reduce((sum, { content }) => sum + content.length, 0);
  // A block less than the rule, so that nobody depends on how its end is counted.
  if (added < 1 || blocks < LOOK_BACK_BLOCKS - 1) return messages;
  const mark = { cache_control: { type: 'ephemeral', ttl: request.cache_ttl } };
  const marked = messages.map((message, index) =>
    index === added - 1 ? withLast(message, (block) => ({ ...block, ...mark })) : message,
  );
  return withoutFirstMark(marked);
}

function withLast(
  message: ModelMessage,
  change: (block: ContentBlock) => ContentBlock,
): ModelMessage {
  const last = message.content.length - 1;
  return {
    ...message,
    content: message.content.map((block, index) => (index === last ? change(block) : block)),
  };
}

function withoutFirstMark(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const [first, ...rest] = messages;
  const at = first?.content.findIndex((block) => 'cache_control' in block) ?? -1;
  if (!first || at === -1) return messages;
  const content = first.content.map((block, index) => {
    if (index !== at) return block;
    const { cache_control: _mark, ...plain } = block;
    return plain;
  });
  return [{ ...first, content }, ...rest];
}
