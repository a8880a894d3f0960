import type { Diagnostics } from './cache-diagnosis.ts';
import type { CacheUse } from './prompt-cache.ts';
import { onWire, type Reply } from './reply.ts';

/** `usage` of a message as the API shapes it. Numbers are tokens. */
export type Usage = Readonly<{
  input_tokens: number;
  cache_creation_input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation: Readonly<{
    ephemeral_5m_input_tokens: number;
    ephemeral_1h_input_tokens: number;
  }>;
  output_tokens: number;
  output_tokens_details: Readonly<{ thinking_tokens: number }>;
  server_tool_use: null;
  service_tier: 'standard';
  speed: 'standard' | 'fast';
  inference_geo: string | null;
  /** What a compaction used; it is in no other field. */
  iterations?: readonly CompactionUsage[];
}>;

type CompactionUsage = Readonly<{ type: 'compaction' }> &
  Pick<
    Usage,
    | 'input_tokens'
    | 'cache_creation_input_tokens'
    | 'cache_read_input_tokens'
    | 'cache_creation'
    | 'output_tokens'
  >;

/** Returns the usage of a reply, `input_tokens` without what the cache read or wrote. */
export function usageOf(
  cache: CacheUse,
  output: Readonly<{ outputTokens: number; thinkingTokens: number }>,
): Usage {
  return {
    input_tokens: cache.input,
    cache_creation_input_tokens: cache.write5m + cache.write1h,
    cache_read_input_tokens: cache.read,
    cache_creation: {
      ephemeral_5m_input_tokens: cache.write5m,
      ephemeral_1h_input_tokens: cache.write1h,
    },
    output_tokens: output.outputTokens,
    output_tokens_details: { thinking_tokens: output.thinkingTokens },
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
    inference_geo: null,
  };
}

/** Returns the usage of a compaction: none but in its iteration. */
export function summaryUsageOf(cache: CacheUse, outputTokens: number): Usage {
  const used = usageOf(cache, { outputTokens, thinkingTokens: 0 });
  const none = usageOf(
    { input: 0, read: 0, write5m: 0, write1h: 0 },
    { outputTokens: 0, thinkingTokens: 0 },
  );
  return {
    ...none,
    iterations: [
      {
        type: 'compaction',
        input_tokens: used.input_tokens,
        cache_creation_input_tokens: used.cache_creation_input_tokens,
        cache_read_input_tokens: used.cache_read_input_tokens,
        cache_creation: used.cache_creation,
        output_tokens: used.output_tokens,
      },
    ],
  };
}

export type MessageBody = Readonly<{
  id: string;
  model: string;
  reply: Reply;
  usage: Usage;
  diagnostics: Diagnostics;
}>;

/** Returns the whole message as `POST /v1/messages` answers it without streaming. */
export function messageBody({ id, model, reply, usage, diagnostics }: MessageBody): object {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics,
    content: reply.blocks.map(onWire),
    stop_reason: reply.stopReason,
    stop_details: reply.stopDetails,
    stop_sequence: null,
    usage,
  };
}
