import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ContentBlock } from '../../core/journal.ts';
import { createAnthropicClient } from './anthropic-client.ts';
import { failureOf } from './model-failure.ts';
import type { ModelAnswer, ModelCall, ModelRequest } from './model-call.ts';
import { questionOf } from './question.ts';
import { createUsageMeter, type UsageMeter } from './usage-meter.ts';
import { watchFetch } from './watched-fetch.ts';

export type AnthropicModelOptions = Readonly<{
  apiKey: string;
  baseURL: string;
  /** End a call when no byte arrives for so long. Default 120 s. */
  idleMs?: number;
  /** End a call that takes longer than this. Default 20 min. */
  maxCallMs?: number;
}>;

/**
 * A model call over Anthropic's Messages API: one streamed request without a retry, because the agent's loop is the
 * only retry layer. A complete answer comes back verbatim, whatever else happened as a failure.
 */
export function createAnthropicModel(options: AnthropicModelOptions): ModelCall {
  return async (request, signal) => {
    const watch = watchFetch({
      idleMs: options.idleMs ?? 120_000,
      maxMs: options.maxCallMs ?? 20 * 60_000,
    });
    const meter = createUsageMeter();
    try {
      const client = createAnthropicClient({ ...options, fetch: watch.fetch });
      return await streamAnswer(client, { request, signal, meter });
    } catch (error) {
      const ended = watch.stalled() ? 'stalled' : signal.aborted ? 'aborted' : undefined;
      return failureOf(error, { ended, begun: watch.begun(), usage: meter.read() });
    } finally {
      watch.close();
    }
  };
}

async function streamAnswer(
  client: Anthropic,
  call: Readonly<{ request: ModelRequest; signal: AbortSignal; meter: UsageMeter }>,
): Promise<ModelAnswer> {
  const stream = client.messages.stream(bodyOf(call.request), { signal: call.signal });
  stream.on('streamEvent', call.meter.see);
  const message = await stream.finalMessage();
  const content = z.array(ContentBlock).parse(JSON.parse(JSON.stringify(message.content)));
  return {
    type: 'answer',
    // The API refuses empty text blocks when they come back, and they carry nothing.
    content: content.filter((block) => !(block.type === 'text' && block.text === '')),
    stop_reason: message.stop_reason ?? 'none',
    stop_detail: refusalDetail(message),
    usage: call.meter.read(),
    request_id: stream.request_id ?? undefined,
  };
}

function refusalDetail(message: Anthropic.Message): string | undefined {
  const details = message.stop_details;
  if (!details) return undefined;
  const parts = [details.category, details.explanation].filter((part) => part !== null);
  return parts.length === 0 ? undefined : parts.join(': ');
}

function bodyOf(request: ModelRequest): Anthropic.MessageStreamParams {
  const { output_schema: schema } = request;
  return schema ? questionOf(request, schema) : parametersOf(request);
}

// Blocks go back as they came, so their types are the API's own; only their being objects is checked.
const Messages = z.array(
  z.custom<Anthropic.MessageParam>((value) => typeof value === 'object' && value !== null),
);
const ToolSchema = z.custom<Anthropic.Tool.InputSchema>(
  (value) => z.object({ type: z.literal('object') }).safeParse(value).success,
);

/**
 * The body of one request. Breakpoints: tools and system (1 h), the two that the first message carries, and the
 * automatic one at the end, which stands outside the messages so that their bytes never change.
 */
function parametersOf(request: ModelRequest): Anthropic.MessageStreamParams {
  return {
    model: request.model,
    max_tokens: request.max_tokens,
    system: [
      {
        type: 'text',
        text: request.system,
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
    ],
    tools: request.tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      input_schema: ToolSchema.parse(tool.input_schema),
      strict: true,
    })),
    messages: Messages.parse(request.messages),
    thinking: { type: 'adaptive', display: 'summarized' },
    output_config: { effort: request.effort },
    cache_control: { type: 'ephemeral', ttl: request.cache_ttl },
  };
}
