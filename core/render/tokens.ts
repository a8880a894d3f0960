import type { Usage } from '../usage.ts';

/** Returns a count of tokens for people: `940`, `12.3k`, `1.2M`. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_950) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** Returns a usage for people: what went in (and how much of it cached), and what came out: `58.7k in (48.0k cached), 2.3k out`. */
export function usageLine(usage: Usage): string {
  const read = usage.cache_read_input_tokens;
  const input = usage.input_tokens + read + usage.cache_creation_input_tokens;
  const cached = read > 0 ? ` (${tokens(read)} cached)` : '';
  return `${tokens(input)} in${cached}, ${tokens(usage.output_tokens)} out`;
}
