import type { ModelLimits } from '../../core/price-data.ts';
import { limitsFromData } from '../../core/price.ts';
import { createAnthropicClient } from './anthropic-client.ts';

/**
 * Token limits of a model as the models endpoint tells them. When it does not answer within `timeoutMs`, or leaves a
 * figure out, the dated data file stands in. Never throws: the first call tells whether key and model are good.
 */
export async function readModelLimits(
  options: Readonly<{ apiKey: string; baseURL: string; model: string; timeoutMs?: number }>,
): Promise<ModelLimits> {
  const fallback = limitsFromData(options.model);
  try {
    const client = createAnthropicClient(options);
    const timeout = options.timeoutMs ?? 5_000;
    const info = await client.models.retrieve(options.model, undefined, { timeout });
    return {
      max_input_tokens: info.max_input_tokens ?? fallback.max_input_tokens,
      max_output_tokens: info.max_tokens ?? fallback.max_output_tokens,
    };
  } catch {
    // The limits are known well enough to go on; a bad key or model shows itself in the first call.
    return fallback;
  }
}
