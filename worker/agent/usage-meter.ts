import type Anthropic from '@anthropic-ai/sdk';
import type { CallUsage } from '../../core/price.ts';

/** Follows one stream and tells what it has used so far, even when it breaks. */
export type UsageMeter = Readonly<{
  see: (event: Anthropic.MessageStreamEvent) => void;
  read: () => CallUsage;
}>;

// A token is rarely shorter than this in English text and code; a broken stream is rather counted too high.
const CHARACTERS_PER_TOKEN = 3;

/**
 * A meter for one call. The counts of `message_delta` are totals of the message: they replace what was there. Until
 * they arrive, output is estimated from the characters streamed, rounded up.
 */
export function createUsageMeter(): UsageMeter {
  let usage: CallUsage = {
    input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_creation_1h_input_tokens: 0,
    output_tokens: 0,
  };
  let characters = 0;
  let final = false;
  return {
    see: (event) => {
      if (event.type === 'message_start') usage = usageOf(event.message.usage);
      if (event.type === 'content_block_delta') characters += lengthOf(event.delta);
      if (event.type === 'message_delta') {
        final = true;
        usage = withTotals(usage, event.usage);
      }
    },
    read: () => {
      const estimate = Math.ceil(characters / CHARACTERS_PER_TOKEN);
      return final ? usage : { ...usage, output_tokens: Math.max(usage.output_tokens, estimate) };
    },
  };
}

function usageOf(usage: Anthropic.Usage): CallUsage {
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

function withTotals(usage: CallUsage, totals: Anthropic.MessageDeltaUsage): CallUsage {
  const written = totals.cache_creation_input_tokens ?? usage.cache_creation_input_tokens;
  return {
    input_tokens: totals.input_tokens ?? usage.input_tokens,
    cache_read_input_tokens: totals.cache_read_input_tokens ?? usage.cache_read_input_tokens,
    cache_creation_input_tokens: written,
    cache_creation_1h_input_tokens: Math.min(written, usage.cache_creation_1h_input_tokens),
    output_tokens: totals.output_tokens,
  };
}

function lengthOf(delta: Anthropic.RawContentBlockDelta): number {
  switch (delta.type) {
    case 'text_delta':
      return delta.text.length;
    case 'thinking_delta':
      return delta.thinking.length;
    case 'input_json_delta':
      return delta.partial_json.length;
    case 'signature_delta':
    case 'citations_delta':
      return 0;
    default:
      // A delta that this version of the SDK does not know.
      return 0;
  }
}
