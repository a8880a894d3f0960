import type { ContentBlock, ToolResultEntry } from '../../core/journal.ts';
import type { OpenTurn } from './open-turn.ts';

/** What the next user message holds: the results of the open turn first, then the harness's words. */
export function pendingContent(
  state: Readonly<{ open: OpenTurn | undefined; texts: readonly string[] }>,
): ContentBlock[] {
  const results = state.open ? resultBlocks(state.open) : [];
  return [...results, ...state.texts.map((text) => ({ type: 'text', text }))];
}

function resultBlocks(open: OpenTurn): ContentBlock[] {
  return open.calls.flatMap((call) => {
    const entry = open.results.get(call.id);
    return entry ? [toolResultBlock(entry)] : [];
  });
}

/** One result as the API takes it. */
export function toolResultBlock(
  entry: Pick<ToolResultEntry, 'tool_use_id' | 'result'>,
): ContentBlock {
  const content = entry.result.content.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text.trim() === '' ? '(empty)' : part.text }
      : {
          type: 'image',
          source: { type: 'base64', media_type: part.media_type, data: part.data },
        },
  );
  return {
    type: 'tool_result',
    tool_use_id: entry.tool_use_id,
    content,
    ...(entry.result.is_error ? { is_error: true } : {}),
  };
}
