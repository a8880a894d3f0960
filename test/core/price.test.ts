import { describe, expect, test } from 'vitest';
import { priceDataDate, priceRows } from '../../core/price-data.ts';
import {
  affordableOutput,
  type CallUsage,
  costMicroUsd,
  findPrice,
  knownModels,
  limitsFromData,
} from '../../core/price.ts';

const now = Date.parse('2026-11-22');
const none: CallUsage = {
  input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_creation_1h_input_tokens: 0,
  output_tokens: 0,
};

describe('cost of a call', () => {
  const sonnet = findPrice('claude-sonnet-5-5', now);

  test('counts each kind of token at its price', () => {
    const usage: CallUsage = {
      input_tokens: 1_000,
      cache_read_input_tokens: 20_000,
      cache_creation_input_tokens: 3_000,
      cache_creation_1h_input_tokens: 1_000,
      output_tokens: 500,
    };
    // 1,000 × 2 + 20,000 × 0.10 + 2,000 × 2.50 + 1,000 × 4 + 500 × 10
    expect(costMicroUsd(sonnet, usage)).toBe(18_000);
  });

  test('rounds up to a whole micro-dollar', () => {
    expect(costMicroUsd(sonnet, { ...none, cache_read_input_tokens: 1 })).toBe(1);
    expect(costMicroUsd(sonnet, { ...none, cache_read_input_tokens: 11 })).toBe(2);
    expect(costMicroUsd(sonnet, none)).toBe(0);
  });

  test('takes the dearer tier of Haiku 5.5 for a prompt over 100,000 tokens, cached ones counted', () => {
    const haiku = findPrice('claude-haiku-5-5', now);
    const at = { ...none, input_tokens: 40_000, cache_read_input_tokens: 60_000 };
    expect(costMicroUsd(haiku, at)).toBe(4_600);
    expect(costMicroUsd(haiku, { ...at, output_tokens: 1_000 })).toBe(5_100);
    const over = { ...at, cache_read_input_tokens: 60_001 };
    expect(costMicroUsd(haiku, over)).toBe(23_001);
  });
});

describe('price of a model', () => {
  test('is the one that held on the day', () => {
    const before = findPrice('claude-sonnet-5-5', Date.parse('2026-10-06T23:59:59Z'));
    const after = findPrice('claude-sonnet-5-5', Date.parse('2026-10-07T00:00:00Z'));
    expect(before.tiers[0]?.cache_read).toBe(200);
    expect(after.tiers[0]?.cache_read).toBe(100);
  });

  test('is unknown before its first day', () => {
    expect(() => findPrice('claude-sonnet-5-5', Date.parse('2026-09-01'))).toThrow('no price');
  });

  test('of an unknown model is refused with the names of the known ones', () => {
    let thrown: unknown;
    try {
      findPrice('gpt-unknown', now);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      name: 'UserError',
      code: 'model_rejected_request',
      message: expect.stringContaining('"gpt-unknown"'),
      next: expect.stringContaining('claude-haiku-5-5'),
    });
  });
});

describe('affordable output', () => {
  test('is what is left after the worst input', () => {
    const sonnet = findPrice('claude-sonnet-5-5', now);
    const input = { ...none, cache_creation_input_tokens: 10_000 };
    expect(affordableOutput(sonnet, input, 125_000)).toBe(10_000);
    expect(affordableOutput(sonnet, input, 20_000)).toBeLessThan(0);
  });
});

describe('price file', () => {
  test('has a source, a day not in the future of the file, and ascending tiers in every row', () => {
    for (const row of priceRows) {
      expect(row.source).not.toBe('');
      expect(row.effective_from <= priceDataDate).toBe(true);
      expect(row.tiers[0]?.above_prompt_tokens).toBe(0);
      for (const tier of row.tiers) {
        expect(Object.values(tier).every(Number.isInteger)).toBe(true);
        expect(tier.cache_write_1h).toBe(tier.input * 2);
        expect(tier.cache_write_5m).toBe(tier.input * 1.25);
      }
    }
  });

  test('knows limits for every model it prices', () => {
    for (const model of knownModels()) {
      expect(limitsFromData(model).max_output_tokens).toBeGreaterThan(0);
    }
  });
});
