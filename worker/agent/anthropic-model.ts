import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import { ContentBlock } from '../../core/journal.ts';
import { createAnthropicClient } from './anthropic-client.ts';
import { failureOf } from './model-failure.ts';
import type { ModelAnswer, ModelCall, ModelRequest } from './model-call.ts';
import { messagesOf } from './request-messages.ts';
import { questionOf, toolsOf } from './question.ts';
import { createUsageMeter, type UsageMeter } from './usage-meter.ts';
import { watchFetch } from './watched-fetch.ts';

/** The beta of compaction on demand. */
export const compactionBeta = 'compact-2026-09-04';

export type AnthropicModelOptions = Readonly<{
  apiKey: string;
  baseURL: string;
  /** End a call when no byte arrives for so long. Default 120 s. */
  idleMs?: number;
  /** End a call that takes longer than this. Default 20 min. */
  maxCallMs?: number;
  /** Unix time, ms. */
  now?: () => number;
}>;

/**
 * A model call over Anthropic's Messages API: one streamed request without a retry, because the agent's loop is the
 * only retry layer. A complete answer comes back verbatim, whatever else happened as a failure.
 */
export function createAnthropicModel(options: AnthropicModelOptions): ModelCall {
  return async (request, signal, onBegin) => {
    const watch = watchFetch({
      idleMs: options.idleMs ?? 120_000,
      maxMs: options.maxCallMs ?? 20 * 60_000,
    });
    const now = options.now ?? Date.now;
    const meter = createUsageMeter({ max_tokens: request.max_tokens, now });
    const see: UsageMeter['see'] = (event) => {
      if (event.type === 'message_start') onBegin?.();
      meter.see(event);
    };
    try {
      const client = createAnthropicClient({ ...options, fetch: watch.fetch });
      return await streamAnswer(client, { request, signal, meter: { ...meter, see } });
    } catch (error) {
      const ended = watch.stalled() ? 'stalled' : signal.aborted ? 'aborted' : undefined;
      return failureOf(error, { ended, begun: watch.begun(), usage: meter.read() });
    } finally {
      watch.close();
    }
  };
}

type Sent = Readonly<{ request: ModelRequest; signal: AbortSignal; meter: UsageMeter }>;

async function streamAnswer(client: Anthropic, call: Sent): Promise<ModelAnswer> {
  const { stream, message } = needsBeta(call.request)
    ? await streamBeta(client, call)
    : await streamPlain(client, call);
  const content = z.array(ContentBlock).parse(JSON.parse(JSON.stringify(message.content)));
  return {
    type: 'answer',
    // The API refuses empty text blocks when they come back, and they carry nothing.
    content: content.filter((block) => !(block.type === 'text' && block.text === '')),
    stop_reason: message.stop_reason ?? 'none',
    stop_detail: refusalDetail(message),
    usage: call.meter.read(),
    request_id: stream.request_id ?? undefined,
    message_id: message.id,
    cache_miss: cacheMiss(message),
  };
}

async function streamPlain(client: Anthropic, { request, signal, meter }: Sent) {
  const stream = client.messages.stream(bodyOf(request), { signal });
  stream.on('streamEvent', meter.see);
  return { stream, message: await stream.finalMessage() };
}

async function streamBeta(client: Anthropic, { request, signal, meter }: Sent) {
  const parameters = {
    ...parametersOf(request),
    messages: BetaMessages.parse(messagesOf(request)),
    betas: [compactionBeta],
    ...(request.compact ? { compaction: { type: 'summarize' as const } } : {}),
  };
  const stream = client.beta.messages.stream(parameters, { signal });
  stream.on('streamEvent', meter.see);
  return { stream, message: await stream.finalMessage() };
}

// The beta goes with a compaction and with every request that carries its block; all others stay on the plain API.
function needsBeta({ compact, messages }: ModelRequest): boolean {
  return compact === true || messages[0]?.content[0]?.type === 'compaction';
}

function cacheMiss(message: Readonly<{ diagnostics: unknown }>): ModelAnswer['cache_miss'] {
  const reason = Diagnostics.safeParse(message.diagnostics).data?.cache_miss_reason;
  if (!reason) return undefined;
  return { reason: reason.type, tokens: reason.cache_missed_input_tokens ?? 0 };
}

const Diagnostics = z.object({
  cache_miss_reason: z
    .object({ type: z.string(), cache_missed_input_tokens: z.number().int().optional() })
    .nullish(),
});

function refusalDetail(
  message: Pick<Anthropic.Message | Anthropic.Beta.BetaMessage, 'stop_details'>,
): string | undefined {
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
const BetaMessages = z.array(
  z.custom<Anthropic.Beta.BetaMessageParam>((value) => typeof value === 'object' && value !== null),
);

/**
 * The body of one request. Breakpoints: tools and system (1 h), the two that the first message carries, and the
 * automatic one at the end, which stands outside the messages so that their bytes never change. A model without
 * adaptive thinking gets none: a thinking budget would have to be the same in all requests, but room for output shrinks.
 */
function parametersOf(request: ModelRequest) {
  const can = request.capabilities ?? { adaptive_thinking: true, effort: true };
  return {
    model: request.model,
    max_tokens: request.max_tokens,
    system: [
      {
        type: 'text' as const,
        text: request.system,
        cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
      },
    ],
    tools: toolsOf(request),
    messages: Messages.parse(messagesOf(request)),
    ...(can.adaptive_thinking
      ? { thinking: { type: 'adaptive' as const, display: 'summarized' as const } }
      : {}),
    ...(can.effort ? { output_config: { effort: request.effort } } : {}),
    cache_control: { type: 'ephemeral' as const, ttl: request.cache_ttl },
    ...(request.previous_message_id === undefined
      ? {}
      : { diagnostics: { previous_message_id: request.previous_message_id } }),
  };
}
