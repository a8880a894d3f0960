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
}>;

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

export type MessageBody = Readonly<{
  id: string;
  model: string;
  reply: Reply;
  usage: Usage;
}>;

/** Returns the whole message as `POST /v1/messages` answers it without streaming. */
export function messageBody({ id, model, reply, usage }: MessageBody): object {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    container: null,
    diagnostics: null,
    content: reply.blocks.map(onWire),
    stop_reason: reply.stopReason,
    stop_details: reply.stopDetails,
    stop_sequence: null,
    usage,
  };
}
