import { z } from 'zod';
import { UserError } from './errors.ts';
import {
  limitRows,
  type ModelLimits,
  priceRows,
  type PriceRow,
  type PriceTier,
  smallestLimits,
} from './price-data.ts';
import { Usage } from './usage.ts';

/** Usage of one call. `cache_creation_1h_input_tokens` is the part of the cache writes kept for an hour. */
export const CallUsage = Usage.extend({
  cache_creation_1h_input_tokens: z.number().int().nonnegative(),
});
export type CallUsage = z.infer<typeof CallUsage>;

/**
 * The price row of a model that holds at a time (Unix ms). Throws UserError `model_rejected_request`, naming the
 * known models, when there is none: without a price no budget can be kept.
 */
export function findPrice(model: string, at: number): PriceRow {
  const rows = priceRows.filter(
    (row) => row.model === model && Date.parse(row.effective_from) <= at,
  );
  const latest = rows.reduce<PriceRow | undefined>(
    (best, row) => (best && best.effective_from > row.effective_from ? best : row),
    undefined,
  );
  if (latest) return latest;
  throw new UserError(
    'model_rejected_request',
    `There is no price for the model "${model}", so a budget cannot be kept.`,
    { next: `Choose one of: ${knownModels().join(', ')}.` },
  );
}

/** Model ids with a price, in the order of the price file. */
export function knownModels(): string[] {
  return [...new Set(priceRows.map((row) => row.model))];
}

/** Cost of one call in micro-USD, rounded up. The tier follows from the whole prompt, cached tokens counted. */
export function costMicroUsd(price: PriceRow, usage: CallUsage): number {
  const prompt =
    usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens;
  const tier = tierFor(price, prompt);
  const hour = Math.min(usage.cache_creation_1h_input_tokens, usage.cache_creation_input_tokens);
  const nano =
    usage.input_tokens * tier.input +
    usage.cache_read_input_tokens * tier.cache_read +
    hour * tier.cache_write_1h +
    (usage.cache_creation_input_tokens - hour) * tier.cache_write_5m +
    usage.output_tokens * tier.output;
  return Math.ceil(nano / 1000);
}

/** How many output tokens a sum (micro-USD) pays for after the input of a call is paid; negative when none. */
export function affordableOutput(price: PriceRow, input: CallUsage, microUsd: number): number {
  const prompt =
    input.input_tokens + input.cache_read_input_tokens + input.cache_creation_input_tokens;
  const left = microUsd - costMicroUsd(price, { ...input, output_tokens: 0 });
  return Math.floor((left * 1000) / tierFor(price, prompt).output);
}

/** Token limits of a model from the dated data, for when the models endpoint does not answer. */
export function limitsFromData(model: string): ModelLimits {
  return limitRows.get(model) ?? smallestLimits;
}

function tierFor(price: PriceRow, promptTokens: number): PriceTier {
  const tier = price.tiers.findLast((candidate) => promptTokens > candidate.above_prompt_tokens);
  const first = tier ?? price.tiers[0];
  if (!first) throw new Error('A price row without tiers');
  return first;
}
