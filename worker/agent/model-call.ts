import type {
  CallFailureClass,
  ContentBlock,
  ModelCapabilities,
  ModelMessage,
  PinnedTool,
} from '../../core/journal.ts';
import type { CallUsage } from '../../core/price.ts';
import type { Effort } from '../../core/request.ts';

/** One call of the model. Everything but `max_tokens` and `cache_ttl` grows only at the end from call to call. */
export type ModelRequest = Readonly<{
  model: string;
  effort: Effort;
  system: string;
  tools: readonly PinnedTool[];
  messages: readonly ModelMessage[];
  max_tokens: number;
  /** How long the end of the conversation stays cached. */
  cache_ttl: '5m' | '1h';
  /** Set for a question beside the conversation: the answer is JSON of this schema. Without tools nothing is cached. */
  output_schema?: Readonly<Record<string, unknown>>;
  /** Id of the answer whose request this one continues, null when there is none; asks why the cache was missed. */
  previous_message_id?: string | null;
  /** Asks for a summary of the messages in place of an answer. */
  compact?: boolean;
  /** Default: those of a current model. */
  capabilities?: ModelCapabilities;
}>;

/** A complete answer. `stop_reason` is as the API wrote it. */
export type ModelAnswer = Readonly<{
  type: 'answer';
  content: readonly ContentBlock[];
  stop_reason: string;
  stop_detail?: string;
  usage: CallUsage;
  request_id?: string;
  message_id?: string;
  cache_miss?: Readonly<{ reason: string; tokens: number }>;
}>;

/** A call that gave no complete answer; `usage` is what was seen of it, its output an estimate. */
export type ModelFailure = Readonly<{
  type: 'failure';
  error: CallFailureClass;
  status?: number;
  detail: string;
  retry_after_ms?: number;
  /** True when a successful answer had begun, so that the input was paid for. */
  begun: boolean;
  usage: CallUsage;
}>;

/**
 * Sends one call and waits for its whole answer; `onBegin` is called when that begins.
 * Contract: never retries, never throws for what the API or the network does, and ends soon after `signal` aborts.
 */
export type ModelCall = (
  request: ModelRequest,
  signal: AbortSignal,
  onBegin?: () => void,
) => Promise<ModelAnswer | ModelFailure>;
