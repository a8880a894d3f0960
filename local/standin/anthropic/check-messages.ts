import { invalidRequest } from './api-error.ts';
import { beginsWithSummary } from './check-compaction.ts';
import type { ToolUse, WireMessage } from './message-request.ts';

/**
 * Throws a 400 when the messages do not form a conversation: tool calls without exactly one result each in call order
 * at the start of the next user message, misplaced system messages, empty texts, or an assistant message at the end.
 * `mayContinue` says whether the last assistant message may be continued, which only a paused turn may.
 */
export function checkMessages(messages: readonly WireMessage[], mayContinue: boolean): void {
  if (messages[0]?.role !== 'user' && !beginsWithSummary(messages))
    throw invalidRequest('messages: first message must use the "user" role');
  const toolUseIds = new Set<string>();
  for (const [index, message] of messages.entries()) {
    checkTexts(message, index);
    checkUniqueIds(message, { index, seen: toolUseIds });
    checkToolResults(messages, index);
    if (message.role === 'system') checkSystemPlace(messages, index);
  }
  if (messages.at(-1)?.role === 'assistant' && !mayContinue) {
    throw invalidRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
}

function checkTexts(message: WireMessage, index: number): void {
  if (message.content.length === 0) {
    throw invalidRequest(`messages.${index}: ${message.role} messages must have non-empty content`);
  }
  for (const [position, block] of message.content.entries()) {
    const path = `messages.${index}.content.${position}`;
    if (block.type === 'text') checkText(block.text, path);
    if (block.type !== 'tool_result') continue;
    for (const [inner, part] of (block.content ?? []).entries()) {
      if (part.type === 'text') checkText(part.text, `${path}.content.${inner}`);
    }
  }
}

function checkText(text: string, path: string): void {
  if (text === '') throw invalidRequest(`${path}: text content blocks must be non-empty`);
  if (text.trim() === '')
    throw invalidRequest(`${path}: text content blocks must contain non-whitespace text`);
}

function checkUniqueIds(
  message: WireMessage,
  { index, seen }: { index: number; seen: Set<string> },
): void {
  for (const { id } of toolUses(message)) {
    if (seen.has(id)) throw invalidRequest(`messages.${index}: \`tool_use\` ids must be unique`);
    seen.add(id);
  }
}

function checkToolResults(messages: readonly WireMessage[], index: number): void {
  const message = messages[index];
  const expected = toolUses(messages[index - 1]).map(({ id }) => id);
  const given = toolResultIds(message);
  const unasked = given.find((id) => !expected.includes(id));
  if (unasked !== undefined) {
    throw invalidRequest(
      `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${unasked}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    );
  }
  if (new Set(given).size !== given.length) {
    throw invalidRequest(
      `messages.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with one id.`,
    );
  }
  const missing = expected.filter((id) => !given.includes(id));
  if (missing.length > 0) throw unanswered(index - 1, missing);
  if (index === messages.length - 1 && toolUses(message).length > 0) {
    throw unanswered(
      index,
      toolUses(message).map(({ id }) => id),
    );
  }
  if (given.some((id, position) => id !== expected[position])) {
    throw invalidRequest(
      `messages.${index}: \`tool_result\` blocks must stand in the order of their \`tool_use\` blocks`,
    );
  }
  const isFirst = message?.content
    .slice(0, given.length)
    .every((block) => block.type === 'tool_result');
  if (isFirst !== true) {
    throw invalidRequest(
      `messages.${index}: \`tool_result\` blocks must come before any other content`,
    );
  }
}

function unanswered(index: number, ids: readonly string[]): Error {
  return invalidRequest(
    `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}

function checkSystemPlace(messages: readonly WireMessage[], index: number): void {
  const isAfterUser = messages[index - 1]?.role === 'user';
  const next = messages[index + 1];
  if (!isAfterUser || (next !== undefined && next.role !== 'assistant')) {
    throw invalidRequest(
      `messages.${index}: a system message must follow a user message and be the last message or be followed by an assistant message`,
    );
  }
}

function toolUses(message: WireMessage | undefined): ToolUse[] {
  return message?.content.filter((block) => block.type === 'tool_use') ?? [];
}

function toolResultIds(message: WireMessage | undefined): string[] {
  const blocks = message?.content ?? [];
  return blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
}
