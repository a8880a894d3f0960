import { ApiError, invalidRequest } from './api-error.ts';
import { COMPACTION_BETA } from './check-headers.ts';
import type { MessageRequest, WireMessage } from './message-request.ts';
import type { Model } from './models.ts';

type Compacting = Pick<MessageRequest, 'messages' | 'compaction' | 'context_management'>;

/**
 * Throws a 400 for a compaction parameter or block without its beta header, on a model without it, together with
 * context management, or out of place. The codes are those of the SDK's errors.
 */
export function checkCompaction(
  request: Compacting,
  { betas, model }: Readonly<{ betas: ReadonlySet<string>; model: Model }>,
): void {
  if (request.context_management !== undefined) {
    throw invalidRequest(
      request.compaction
        ? 'compaction: cannot be combined with context_management'
        : 'context_management: Extra inputs are not permitted',
    );
  }
  checkBlocks(request.messages);
  const hasBlock = blocksOf(request.messages).length > 0;
  if (!request.compaction && !hasBlock) return;
  if (!betas.has(COMPACTION_BETA)) {
    const path = request.compaction ? 'compaction' : 'messages.0.content.0';
    throw invalidRequest(
      `${path}: Extra inputs are not permitted without the anthropic-beta header ${COMPACTION_BETA}`,
    );
  }
  if (!model.compaction) throw invalidRequest(`compaction: not supported on ${model.id}`);
  if (request.compaction) checkEnd(request.messages);
}

/** Returns whether the conversation begins with a summary. */
export function beginsWithSummary(messages: readonly WireMessage[]): boolean {
  return messages[0]?.content[0]?.type === 'compaction';
}

function checkBlocks(messages: readonly WireMessage[]): void {
  const count = blocksOf(messages).length;
  if (count > 1) {
    throw new ApiError(400, 'messages: more than one `compaction` block', {
      errorCode: 'compaction_block_ambiguous',
    });
  }
  if (count === 1 && !beginsWithSummary(messages)) {
    throw new ApiError(400, 'messages: the `compaction` block must come first', {
      errorCode: 'compaction_block_misplaced',
    });
  }
}

function checkEnd(messages: readonly WireMessage[]): void {
  const last = messages.at(-1);
  if (last?.role === 'assistant' && last.content.some(({ type }) => type === 'tool_use')) {
    throw new ApiError(400, 'messages: the last turn has tool calls without results', {
      errorCode: 'compaction_incomplete_turn',
    });
  }
  if (messages.length === 1 && beginsWithSummary(messages)) {
    throw new ApiError(400, 'messages: nothing to summarize', {
      errorCode: 'compaction_nothing_to_summarize',
    });
  }
}

function blocksOf(messages: readonly WireMessage[]) {
  return messages.flatMap(({ content }) => content.filter(({ type }) => type === 'compaction'));
}
