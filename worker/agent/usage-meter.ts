import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { CallUsage } from '../../core/price.ts';
import { addUsage, noUsage } from '../../core/usage.ts';

const Counts = z.object({
  input_tokens: z.number(),
  cache_read_input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_creation: z.object({ ephemeral_1h_input_tokens: z.number() }).nullish(),
  output_tokens: z.number(),
});
type Counts = z.infer<typeof Counts>;
const Iterations = z.object({
  iterations: z.array(z.looseObject({ type: z.string(), ...Counts.shape })).nullish(),
});

const nothing: CallUsage = { ...noUsage, cache_creation_1h_input_tokens: 0 };

/** Follows one stream and tells what it has used so far, even when it breaks. */
export type UsageMeter = Readonly<{
  see: (event: Anthropic.MessageStreamEvent | Anthropic.Beta.BetaRawMessageStreamEvent) => void;
  read: () => CallUsage;
}>;

// Thinking is streamed as a summary: what was written of it can only be bounded by how fast a model writes.
const TOKENS_PER_SECOND = 250;

type MeterOptions = Readonly<{
  /** The most that the call may write. */
  max_tokens: number;
  /** Unix time, ms. */
  now: () => number;
}>;

// A token is rarely shorter than this in English text and code; a broken stream is rather counted too high.
const CHARACTERS_PER_TOKEN = 3;

/**
 * A meter for one call. The counts of `message_delta` are totals of the message: they replace what was there. Until
 * they arrive, output is estimated from the characters streamed, rounded up, and once the model thinks from the time
 * as well: a stream that breaks is rather counted too high, so that no cap is passed by what nobody saw.
 */
export function createUsageMeter({ max_tokens, now }: MeterOptions): UsageMeter {
  let usage = nothing;
  let summary = nothing;
  let characters = 0;
  let final = false;
  let begun = 0;
  let thinks = false;
  const unseen = () =>
    thinks ? Math.min(max_tokens, Math.ceil(((now() - begun) / 1_000) * TOKENS_PER_SECOND)) : 0;
  return {
    see: (event) => {
      if (event.type === 'message_start') {
        begun = now();
        usage = usageOf(event.message.usage);
        summary = summaryUsage(event.message.usage) ?? summary;
      }
      if (event.type === 'content_block_start') thinks ||= event.content_block.type === 'thinking';
      if (event.type === 'content_block_delta') characters += lengthOf(event.delta);
      if (event.type === 'message_delta') {
        final = true;
        usage = withTotals(usage, event.usage);
        summary = summaryUsage(event.usage) ?? summary;
      }
    },
    read: () => {
      const estimate = Math.ceil(characters / CHARACTERS_PER_TOKEN);
      const least = Math.max(usage.output_tokens, estimate);
      const output = final ? usage.output_tokens : Math.max(least, unseen());
      return sum({ ...usage, output_tokens: output }, summary);
    },
  };
}

// What a compaction used stands in `iterations` alone (typings of `BetaIterationsUsage`).
function summaryUsage(usage: object): CallUsage | undefined {
  const parsed = Iterations.safeParse(usage);
  const all = parsed.data?.iterations?.filter((one) => one.type === 'compaction');
  return all?.map(usageOf).reduce(sum, nothing);
}

function sum(a: CallUsage, b: CallUsage): CallUsage {
  const hour = a.cache_creation_1h_input_tokens + b.cache_creation_1h_input_tokens;
  return { ...addUsage(a, b), cache_creation_1h_input_tokens: hour };
}

function usageOf(usage: Counts): CallUsage {
  const written = usage.cache_creation_input_tokens ?? 0;
  return {
    input_tokens: usage.input_tokens,
    cache_read_input_tokens: usage.cache_read_input_tokens ?? 0,
    cache_creation_input_tokens: written,
    // Without a breakdown all of it is counted at the dearer price.
    cache_creation_1h_input_tokens: usage.cache_creation?.ephemeral_1h_input_tokens ?? written,
    output_tokens: usage.output_tokens,
  };
}

type Totals = Readonly<{
  input_tokens: number | null;
  cache_read_input_tokens: number | null;
  cache_creation_input_tokens: number | null;
  output_tokens: number;
}>;

function withTotals(usage: CallUsage, totals: Totals): CallUsage {
  const written = totals.cache_creation_input_tokens ?? usage.cache_creation_input_tokens;
  return {
    input_tokens: totals.input_tokens ?? usage.input_tokens,
    cache_read_input_tokens: totals.cache_read_input_tokens ?? usage.cache_read_input_tokens,
    cache_creation_input_tokens: written,
    cache_creation_1h_input_tokens: Math.min(written, usage.cache_creation_1h_input_tokens),
    output_tokens: totals.output_tokens,
  };
}

function lengthOf(
  delta: Anthropic.RawContentBlockDelta | Anthropic.Beta.BetaRawContentBlockDelta,
): number {
  switch (delta.type) {
    case 'text_delta':
      return delta.text.length;
    case 'thinking_delta':
      return delta.thinking.length;
    case 'input_json_delta':
      return delta.partial_json.length;
    case 'compaction_delta':
      return delta.content?.length ?? 0;
    case 'signature_delta':
    case 'citations_delta':
      return 0;
    default:
      // A delta that this version of the SDK does not know.
      return 0;
  }
}
