import { z } from 'zod';

/** Tokens as the Messages API counts them: `input_tokens` is the uncached part only. */
export const Usage = z.object({
  input_tokens: z.number().int().nonnegative(),
  cache_read_input_tokens: z.number().int().nonnegative(),
  cache_creation_input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
});
export type Usage = z.infer<typeof Usage>;

/** No tokens at all. */
export const noUsage: Usage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  output_tokens: 0,
};

/** All tokens of a usage: input, read from the cache or not, and output. */
export function totalTokens(usage: Usage): number {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage;
  return input_tokens + cache_read_input_tokens + cache_creation_input_tokens + usage.output_tokens;
}

/** The sum of two usages, in tokens. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    cache_read_input_tokens: a.cache_read_input_tokens + b.cache_read_input_tokens,
    cache_creation_input_tokens: a.cache_creation_input_tokens + b.cache_creation_input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
  };
}
