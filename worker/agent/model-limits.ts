import type Anthropic from '@anthropic-ai/sdk';
import type { ModelCapabilities } from '../../core/journal.ts';
import type { ModelLimits } from '../../core/price-data.ts';
import { limitsFromData } from '../../core/price.ts';
import { createAnthropicClient } from './anthropic-client.ts';
import { compactionBeta } from './anthropic-model.ts';
import { capabilitiesFromData } from './model-capabilities.ts';

/**
 * Token limits and capabilities of a model as the models endpoint tells them. When it does not answer within
 * `timeoutMs`, or leaves something out, the dated data stand in. Never throws: the first call tells whether key and
 * model are good.
 */
export async function readModelLimits(
  options: Readonly<{ apiKey: string; baseURL: string; model: string; timeoutMs?: number }>,
): Promise<ModelLimits & Readonly<{ capabilities: ModelCapabilities }>> {
  const fallback = limitsFromData(options.model);
  const known = capabilitiesFromData(options.model);
  try {
    const client = createAnthropicClient(options);
    const timeout = options.timeoutMs ?? 5_000;
    // Compaction is told only to those who ask with its beta.
    const params = { betas: [compactionBeta] };
    const info = await client.beta.models.retrieve(options.model, params, { timeout });
    return {
      max_input_tokens: info.max_input_tokens ?? fallback.max_input_tokens,
      max_output_tokens: info.max_tokens ?? fallback.max_output_tokens,
      capabilities: capabilitiesOf(info, known),
    };
  } catch {
    // The limits are known well enough to go on; a bad key or model shows itself in the first call.
    return { ...fallback, capabilities: known };
  }
}

function capabilitiesOf(
  { capabilities }: Pick<Anthropic.Beta.BetaModelInfo, 'capabilities'>,
  known: ModelCapabilities,
): ModelCapabilities {
  return {
    adaptive_thinking:
      capabilities?.thinking?.types?.adaptive?.supported ?? known.adaptive_thinking,
    effort: capabilities?.effort?.supported ?? known.effort,
    compaction: capabilities?.compaction?.summarize.supported ?? false,
  };
}
