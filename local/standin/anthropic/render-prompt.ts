import type { CacheControl, CountRequest, ToolDefinition, WireBlock } from './message-request.ts';

/** One block of the prompt in the order in which the model sees it: tools, system, messages. */
export type Segment = Readonly<{
  section: 'tools' | 'system' | 'messages';
  /** Everything that counts for the prefix. Cache marks and optional null fields do not. */
  bytes: string;
  tokens: number;
  cacheControl: CacheControl | null;
  /** Where a message block stands: `index` in `messages`, and the block itself. */
  message: Readonly<{ index: number; block: WireBlock }> | null;
}>;

const BYTES_PER_TOKEN = 4;
const BLOCK_OVERHEAD = 3;
const IMAGE_TOKENS = 1500;

/** Returns the prompt as segments. The automatic top-level breakpoint is not placed yet. */
export function renderPrompt(request: CountRequest): Segment[] {
  return [
    ...(request.tools ?? []).map(toolSegment),
    ...(request.system ?? []).map((block) => segment('system', blockParts(block), block)),
    ...request.messages.flatMap(({ role, content }, index) =>
      content.map((block) => messageSegment(role, { index, block })),
    ),
  ];
}

/** Returns the segment of one message block. */
export function messageSegment(role: string, message: NonNullable<Segment['message']>): Segment {
  const { block } = message;
  return { ...segment('messages', [role, ...blockParts(block)], block), message };
}

/** Returns a deterministic estimate: UTF-8 bytes / 4, rounded up. */
export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

/** Returns the tokens of a whole prompt. */
export function promptTokens(segments: readonly Segment[]): number {
  return segments.reduce((sum, { tokens }) => sum + tokens, 0);
}

function toolSegment(tool: ToolDefinition): Segment {
  const parts = [tool.name, tool.description, tool.input_schema, tool.strict, tool.input_examples];
  return segment('tools', parts, tool);
}

type Marked = Readonly<{ type?: string | null; cache_control?: CacheControl | null }>;

function segment(section: Segment['section'], parts: readonly unknown[], source: Marked): Segment {
  const bytes = JSON.stringify([section, ...parts]);
  const tokens = source.type === 'image' ? IMAGE_TOKENS : estimateTokens(bytes);
  return {
    section,
    bytes,
    tokens: tokens + BLOCK_OVERHEAD,
    cacheControl: source.cache_control ?? null,
    message: null,
  };
}

function blockParts(block: WireBlock): unknown[] {
  switch (block.type) {
    case 'text':
      return ['text', block.text];
    case 'image':
      return ['image', block.source];
    case 'thinking':
      return ['thinking', block.thinking, block.signature];
    case 'tool_use':
      return ['tool_use', block.id, block.name, block.input];
    case 'tool_result':
      return ['tool_result', block.tool_use_id, block.is_error ?? false, block.content ?? []];
    case 'compaction':
      return ['compaction', block.content ?? null, block.signature ?? null];
    case 'scripted_block':
      return ['scripted_block', block.note];
  }
}
