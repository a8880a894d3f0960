/** Prices of one tier of a model, in nano-USD per token (1 USD per million tokens is 1,000). */
export type PriceTier = Readonly<{
  /** The tier holds for requests whose whole prompt, cached tokens counted, is larger than this. */
  above_prompt_tokens: number;
  input: number;
  cache_write_5m: number;
  cache_write_1h: number;
  cache_read: number;
  output: number;
}>;

/** What a model cost from a day on. A later row of the same model replaces an earlier one. */
export type PriceRow = Readonly<{
  model: string;
  /** ISO date, UTC. */
  effective_from: string;
  /** Where the figures were read. */
  source: string;
  /** Ascending by `above_prompt_tokens`, the first at 0. */
  tiers: readonly PriceTier[];
}>;

/** Tokens that a model takes and gives, for when the models endpoint does not answer. */
export type ModelLimits = Readonly<{ max_input_tokens: number; max_output_tokens: number }>;

/** The day on which the rows below were last compared with their sources. */
export const priceDataDate = '2026-11-22';

const pricing = 'https://platform.claude.com/docs/en/about-claude/pricing';

/** Every known price. Add rows, never change one: costs of the past are computed from them again. */
export const priceRows: readonly PriceRow[] = [
  row('claude-fable-5-2', ['2026-11-09', 'third-party price lists of 2026-11-10'], {
    usd: [8, 10, 16, 0.2, 40],
  }),
  row('claude-fable-5-1', ['2026-01-01', pricing], { usd: [10, 12.5, 20, 0.25, 50] }),
  row('claude-mythos-5-1', ['2026-01-01', pricing], { usd: [10, 12.5, 20, 0.25, 50] }),
  row('claude-fable-5', ['2026-01-01', pricing], { usd: [10, 12.5, 20, 1, 50] }),
  row('claude-mythos-5', ['2026-01-01', pricing], { usd: [10, 12.5, 20, 1, 50] }),
  row(
    'claude-opus-5-5',
    ['2026-09-22', 'https://platform.claude.com/docs/en/models/opus-5-5/overview'],
    { usd: [4, 5, 8, 0.2, 20] },
  ),
  row('claude-opus-5', ['2026-01-01', pricing], { usd: [5, 6.25, 10, 0.5, 25] }),
  row('claude-opus-4-8', ['2026-01-01', pricing], { usd: [5, 6.25, 10, 0.5, 25] }),
  row('claude-opus-4-7', ['2026-01-01', pricing], { usd: [5, 6.25, 10, 0.5, 25] }),
  row('claude-opus-4-6', ['2026-01-01', pricing], { usd: [5, 6.25, 10, 0.5, 25] }),
  row('claude-opus-4-5', ['2025-11-01', pricing], { usd: [5, 6.25, 10, 0.5, 25] }),
  row('claude-sonnet-5-5', ['2026-09-28', 'migration guide of Sonnet 5.5 before 2026-10-07'], {
    usd: [2, 2.5, 4, 0.2, 10],
  }),
  row('claude-sonnet-5-5', ['2026-10-07', 'migration guide of Sonnet 5.5'], {
    usd: [2, 2.5, 4, 0.1, 10],
  }),
  row('claude-sonnet-5', ['2026-01-01', pricing], { usd: [2, 2.5, 4, 0.2, 10] }),
  row('claude-sonnet-4-6', ['2026-01-01', pricing], { usd: [3, 3.75, 6, 0.3, 15] }),
  row('claude-sonnet-4-5', ['2025-09-29', pricing], { usd: [3, 3.75, 6, 0.3, 15] }),
  row('claude-haiku-5-5', ['2026-10-07', 'third-party price lists of 2026-10-25'], {
    usd: [0.1, 0.125, 0.2, 0.01, 0.5],
    above: { prompt_tokens: 100_000, usd: [0.5, 0.625, 1, 0.05, 2.5] },
  }),
  row('claude-haiku-4-5', ['2025-10-01', pricing], { usd: [1, 1.25, 2, 0.1, 5] }),
];

const million: ModelLimits = { max_input_tokens: 1_000_000, max_output_tokens: 128_000 };
const older: ModelLimits = { max_input_tokens: 200_000, max_output_tokens: 64_000 };

/** Limits by model id. Models that are priced but not named here get the smaller, older limits. */
export const limitRows: ReadonlyMap<string, ModelLimits> = new Map([
  ['claude-fable-5-2', million],
  ['claude-fable-5-1', million],
  ['claude-mythos-5-1', million],
  ['claude-opus-5-5', million],
  ['claude-sonnet-5-5', million],
  ['claude-haiku-5-5', million],
]);

/** Limits of a model that `limitRows` does not name. */
export const smallestLimits: ModelLimits = older;

type Figures = readonly [
  input: number,
  write5m: number,
  write1h: number,
  read: number,
  output: number,
];
type Origin = readonly [effectiveFrom: string, source: string];
type RowPrices = Readonly<{
  /** USD per million tokens. */
  usd: Figures;
  above?: Readonly<{ prompt_tokens: number; usd: Figures }>;
}>;

function row(model: string, from: Origin, prices: RowPrices): PriceRow {
  const [effectiveFrom, source] = from;
  const tiers = [tier(0, prices.usd)];
  if (prices.above) tiers.push(tier(prices.above.prompt_tokens, prices.above.usd));
  return { model, effective_from: effectiveFrom, source, tiers };
}

function tier(above: number, [input, write5m, write1h, read, output]: Figures): PriceTier {
  return {
    above_prompt_tokens: above,
    input: Math.round(input * 1000),
    cache_write_5m: Math.round(write5m * 1000),
    cache_write_1h: Math.round(write1h * 1000),
    cache_read: Math.round(read * 1000),
    output: Math.round(output * 1000),
  };
}
