import type { ActorTurn } from './actor.ts';
import type { ReplyFault } from './faults.ts';
import type { MessageRequest, WireBlock } from './message-request.ts';
import type { Model } from './models.ts';
import { estimateTokens, messageSegment, promptTokens, type Segment } from './render-prompt.ts';
import type { ThinkingSigner } from './thinking-signature.ts';

/** One block of an answer. A tool call keeps its input as text, because a cut one is no JSON. */
export type ReplyBlock =
  | Readonly<{ type: 'thinking'; thinking: string; signature: string }>
  | Readonly<{ type: 'text'; text: string }>
  | Readonly<{ type: 'tool_use'; id: string; name: string; json: string }>
  | Readonly<{ type: 'scripted_block'; note: string }>
  | Readonly<{ type: 'compaction'; content: string | null; signature: string | null }>;

export type StopDetails = Readonly<{ type: 'refusal'; category: string; explanation: string }>;

/** A finished answer: its blocks, why it stopped, and what it cost in tokens. */
export type Reply = Readonly<{
  blocks: readonly ReplyBlock[];
  stopReason: string;
  stopDetails: StopDetails | null;
  outputTokens: number;
  thinkingTokens: number;
}>;

type Draft = Readonly<{
  blocks: readonly ReplyBlock[];
  stopReason: string;
  stopDetails: StopDetails | null;
}>;

type ReplyInput = Readonly<{
  turn: ActorTurn;
  request: MessageRequest;
  model: Model;
  prompt: readonly Segment[];
  signer: ThinkingSigner;
  fault: ReplyFault | null;
  newToolUseId: () => string;
}>;

const BLOCK_TOKENS = 4;
const BYTES_PER_TOKEN = 4;

/** Returns the answer to `request` that carries the actor's turn, cut where the limits say. */
export function composeReply(input: ReplyInput): Reply {
  const { request, model, prompt, fault } = input;
  const draft = applyFault(draftOf(input), fault);
  const window = Math.max(0, model.maxInputTokens - promptTokens(prompt));
  const limited = limitOutput(draft, {
    tokens: Math.min(request.max_tokens, window),
    stopReason: window < request.max_tokens ? 'model_context_window_exceeded' : 'max_tokens',
  });
  return {
    ...limited,
    blocks: signThinking(limited.blocks, input),
    outputTokens: sumTokens(limited.blocks),
    thinkingTokens: sumTokens(limited.blocks.filter(({ type }) => type === 'thinking')),
  };
}

function draftOf({ turn, request, model, newToolUseId }: ReplyInput): Draft {
  const toolUses = turn.toolUses ?? [];
  const isThinking = request.thinking === undefined ? model.boundThinking : thinks(request);
  // The 5.5 models return what they write between tool calls as thinking (models/sonnet-5-5, "What's new").
  const textIsThinking = model.boundThinking && toolUses.length > 0;
  const thinking = [isThinking ? turn.thinking : undefined, textIsThinking ? turn.text : undefined];
  const text = textIsThinking ? undefined : turn.text;
  return {
    blocks: [
      ...thinking.flatMap((text): ReplyBlock[] =>
        text ? [{ type: 'thinking', thinking: text, signature: '' }] : [],
      ),
      ...(text ? [{ type: 'text' as const, text }] : []),
      ...toolUses.map(({ id, name, input }) => ({
        type: 'tool_use' as const,
        id: id ?? newToolUseId(),
        name,
        json: JSON.stringify(input),
      })),
    ],
    stopReason: toolUses.length > 0 ? 'tool_use' : 'end_turn',
    stopDetails: null,
  };
}

function thinks({ thinking }: MessageRequest): boolean {
  return thinking?.type === 'adaptive' || thinking?.type === 'enabled';
}

function applyFault(draft: Draft, fault: ReplyFault | null): Draft {
  const { blocks } = draft;
  const spoken = blocks.filter(({ type }) => type !== 'tool_use');
  switch (fault?.type) {
    case undefined:
    case 'no_summary':
      return draft;
    case 'malformed_tool_json':
      return { ...draft, blocks: onLastToolUse(blocks, (json) => `${json.slice(0, -1)},,`) };
    case 'max_tokens_in_tool_use':
      return {
        ...draft,
        blocks: onLastToolUse(blocks, (json) => json.slice(0, Math.ceil(json.length / 2))),
        stopReason: 'max_tokens',
      };
    case 'refusal_before_output':
      return refusal([]);
    case 'refusal_after_output':
      return refusal(spoken.length > 0 ? spoken : [{ type: 'text', text: 'I was about to' }]);
    case 'pause_turn':
      return {
        ...draft,
        blocks: [{ type: 'text', text: 'Still working.' }],
        stopReason: fault.type,
      };
    case 'empty_end_turn':
      return { ...draft, blocks: [], stopReason: 'end_turn' };
    case 'unknown_block_type':
      return { ...draft, blocks: [{ type: 'scripted_block', note: 'unknown' }, ...blocks] };
    case 'duplicate_tool_ids':
      return { ...draft, blocks: withOneId(blocks) };
  }
}

function refusal(blocks: readonly ReplyBlock[]): Draft {
  const explanation = 'The scripted model was told to refuse.';
  return {
    blocks,
    stopReason: 'refusal',
    stopDetails: { type: 'refusal', category: 'general_harms', explanation },
  };
}

function onLastToolUse(
  blocks: readonly ReplyBlock[],
  change: (json: string) => string,
): ReplyBlock[] {
  const last = blocks.findLastIndex(({ type }) => type === 'tool_use');
  return blocks.map((block, index) =>
    index === last && block.type === 'tool_use' ? { ...block, json: change(block.json) } : block,
  );
}

// One call gets a twin, so that even a turn with a single call shows two blocks with one id.
function withOneId(blocks: readonly ReplyBlock[]): ReplyBlock[] {
  const first = blocks.find((block) => block.type === 'tool_use');
  return first === undefined ? [...blocks] : [...blocks, first];
}

function limitOutput(
  draft: Draft,
  { tokens, stopReason }: { tokens: number; stopReason: string },
): Draft {
  let left = tokens;
  const kept: ReplyBlock[] = [];
  for (const block of draft.blocks) {
    const cost = blockTokens(block);
    if (cost > left) {
      const cut = cutBlock(block, left - BLOCK_TOKENS);
      return { blocks: cut === null ? kept : [...kept, cut], stopReason, stopDetails: null };
    }
    kept.push(block);
    left -= cost;
  }
  return draft;
}

function cutBlock(block: ReplyBlock, tokens: number): ReplyBlock | null {
  if (tokens <= 0) return null;
  const cut = (text: string) =>
    Buffer.from(text)
      .subarray(0, tokens * BYTES_PER_TOKEN)
      .toString()
      .replace(/\uFFFD+$/, '');
  switch (block.type) {
    case 'thinking':
      return { ...block, thinking: cut(block.thinking) };
    case 'text':
      return { ...block, text: cut(block.text) };
    case 'tool_use':
      return { ...block, json: cut(block.json) };
    case 'compaction':
    case 'scripted_block':
      return null;
  }
}

// Thinking is billed in full and shown only when the request asks for a summary.
function signThinking(
  blocks: readonly ReplyBlock[],
  { request, prompt, signer }: ReplyInput,
): ReplyBlock[] {
  const isShown = displayOf(request) === 'summarized';
  const index = request.messages.length;
  const preceding = [...prompt];
  return blocks.map((block) => {
    const thinking = block.type === 'thinking' && isShown ? block.thinking : '';
    const final =
      block.type === 'thinking'
        ? { type: block.type, thinking, signature: signer.sign(thinking, preceding) }
        : block;
    preceding.push(messageSegment('assistant', { index, block: onWire(final) }));
    return final;
  });
}

function displayOf({ thinking }: MessageRequest): string | null {
  return thinking?.type === 'adaptive' || thinking?.type === 'enabled'
    ? (thinking.display ?? null)
    : null;
}

/** Returns the answer to a compaction request: the signed summary alone, or an empty one when it got too long. */
export function composeSummary(
  input: Readonly<{
    summary: string;
    request: MessageRequest;
    prompt: readonly Segment[];
    signer: ThinkingSigner;
    fault: ReplyFault | null;
  }>,
): Reply {
  const { summary, request, prompt, signer } = input;
  const tokens = estimateTokens(summary) + BLOCK_TOKENS;
  const fails = input.fault?.type === 'no_summary' || tokens > request.max_tokens;
  return {
    blocks: [
      {
        type: 'compaction',
        content: fails ? null : summary,
        signature: fails ? null : signer.signSummary(summary, prompt),
      },
    ],
    stopReason: 'compaction',
    stopDetails: null,
    outputTokens: Math.min(tokens, request.max_tokens),
    thinkingTokens: 0,
  };
}

/** Returns the block as it stands in the message; the input of a cut tool call is `{}`, as the SDK has it. */
export function onWire(block: ReplyBlock): WireBlock {
  if (block.type === 'text') return { ...block, citations: null };
  if (block.type === 'compaction') return { ...block, encrypted_content: null, tool_changes: [] };
  if (block.type !== 'tool_use') return block;
  return {
    type: 'tool_use',
    id: block.id,
    name: block.name,
    input: parseInput(block.json),
    caller: { type: 'direct' },
  };
}

function parseInput(json: string): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(json);
    return typeof input === 'object' && input !== null ? { ...input } : {};
  } catch {
    // A cut or malformed input is what the fault was about.
    return {};
  }
}

function sumTokens(blocks: readonly ReplyBlock[]): number {
  return blocks.reduce((sum, block) => sum + blockTokens(block), 0);
}

function blockTokens(block: ReplyBlock): number {
  switch (block.type) {
    case 'thinking':
      return estimateTokens(block.thinking) + BLOCK_TOKENS;
    case 'text':
      return estimateTokens(block.text) + BLOCK_TOKENS;
    case 'tool_use':
      return estimateTokens(block.name + block.json) + BLOCK_TOKENS;
    case 'compaction':
    case 'scripted_block':
      return BLOCK_TOKENS;
  }
}
