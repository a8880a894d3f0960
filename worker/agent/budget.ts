import type { ModelMessage } from '../../core/journal.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { affordableOutput, type CallUsage, costMicroUsd } from '../../core/price.ts';
import { totalTokens } from '../../core/usage.ts';
import type { AgentLimits } from './limits.ts';
import { messagesToSend, type RunState } from './run-state.ts';

/** What one call may use: its output cap and what it costs at worst (micro-USD), or that nothing fits. */
export type CallBudget =
  | Readonly<{ type: 'fits'; max_tokens: number; reserve_micro_usd: number }>
  | Readonly<{ type: 'too_dear'; code: 'budget_exhausted' | 'token_limit' }>
  | Readonly<{ type: 'too_long' }>;

/** The part of money and tokens that is kept for the calls that end the run. */
const FINISH_SHARE = 0.1;

// Text is counted high, so that a reservation is not passed; an image is at most about this many tokens.
const BYTES_PER_TOKEN = 3;
const TOKENS_PER_IMAGE = 5_000;

/**
 * The budget of the next call: at worst nothing is read from the cache, all input is written to it, and the answer
 * is as long as it may be. The answer's cap shrinks until that fits into what is left.
 */
export function budgetCall(
  state: RunState,
  context: Readonly<{ price: PriceRow; limits: AgentLimits; finishing: boolean }>,
): CallBudget {
  if (!state.header) throw new Error('A call before the run has a header');
  const { model_limits: model } = state.header;
  const { limits, price } = context;
  const input = worstInput(state);
  const room = model.max_input_tokens - input.cache_creation_input_tokens;
  if (room < limits.min_output_tokens) return { type: 'too_long' };

  const left = leftToUse(state, limits);
  const kept = context.finishing ? { micro_usd: 0, tokens: 0 } : keptToFinish(input, limits);
  const wanted = limits.max_output_tokens * (state.unfinished > 0 ? 2 : 1);
  const affordable = affordableOutput(price, input, left.micro_usd - kept.micro_usd);
  const allowed = left.tokens - kept.tokens - input.cache_creation_input_tokens;
  // What this call writes, the one that ends the run reads.
  const writable = context.finishing ? allowed : Math.floor(allowed / 2);
  const max = Math.min(wanted, model.max_output_tokens, room, affordable, writable);
  if (max < Math.min(limits.min_output_tokens, model.max_output_tokens)) {
    return { type: 'too_dear', code: affordable <= writable ? 'budget_exhausted' : 'token_limit' };
  }
  const reserve = costMicroUsd(price, { ...input, output_tokens: max });
  return { type: 'fits', max_tokens: max, reserve_micro_usd: reserve };
}

/**
 * The used shares of money and tokens, 1 and more where no further call fits: what is kept for the end of the run, and
 * what the next call takes at worst, cannot be used for work.
 */
export function usedShares(
  state: RunState,
  { price, limits }: Readonly<{ price: PriceRow; limits: AgentLimits }>,
): Readonly<{ money: number; tokens: number }> {
  const input = worstInput(state);
  const kept = keptToFinish(input, limits);
  const next = costMicroUsd(price, { ...input, output_tokens: limits.min_output_tokens });
  const nextTokens = input.cache_creation_input_tokens + 2 * limits.min_output_tokens;
  const money = limits.budget_micro_usd - kept.micro_usd - next;
  const tokens = limits.total_tokens - kept.tokens - nextTokens;
  return {
    money: state.cost_micro_usd / Math.max(1, money),
    tokens: usedTokens(state) / Math.max(1, tokens),
  };
}

// Tokens are counted however cheap they are: a call that ends the run reads the whole conversation once more.
function keptToFinish(input: CallUsage, limits: AgentLimits): ReturnType<typeof leftToUse> {
  const share = Math.floor(limits.total_tokens * FINISH_SHARE);
  return {
    micro_usd: Math.floor(limits.budget_micro_usd * FINISH_SHARE),
    tokens: Math.max(share, input.cache_creation_input_tokens + 2 * limits.min_output_tokens),
  };
}

/** What the run has not used yet, in micro-USD and tokens. Below zero when a call took more than was expected of it. */
export function leftToUse(
  state: RunState,
  limits: AgentLimits,
): Readonly<{ micro_usd: number; tokens: number }> {
  return {
    micro_usd: limits.budget_micro_usd - state.cost_micro_usd,
    tokens: limits.total_tokens - usedTokens(state),
  };
}

function usedTokens({ usage, lostTokens }: RunState): number {
  return totalTokens(usage) + lostTokens;
}

/** As many tokens as the calls that are sent and not settled may have used at most. */
export function tokensInFlight(state: RunState): number {
  const { intent, side } = state;
  const call = intent ? promptTokens(state) + intent.max_tokens : 0;
  if (!side.open) return call;
  const { message, max_tokens } = side.open;
  return call + estimateMessages([...side.messages, ...(message ? [message] : [])]) + max_tokens;
}

/** Input of the next call when the cache holds nothing: what the API counted last, and an estimate of the rest. */
export function worstInput(state: RunState): CallUsage {
  return allWritten(state, promptTokens(state));
}

/** Input of a call with these first messages of the conversation when the cache holds nothing, all of it estimated. */
export function worstInputOf(state: RunState, messages: readonly ModelMessage[]): CallUsage {
  return allWritten(state, fixedTokens(state) + estimateMessages(messages));
}

/** Tokens of the next request: what the API counted last, and a high estimate of what was added since. */
export function promptTokens(state: RunState): number {
  const added = estimateMessages(messagesToSend(state).slice(state.counted.messages));
  return state.counted.tokens === 0 ? added + fixedTokens(state) : state.counted.tokens + added;
}

/** Tokens of messages, rather too many. */
export function estimateMessages(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + estimateTokens(message), 0);
}

/**
 * How long the conversation's end is cached: an hour when the last tools took about as long as the short cache. A
 * request that is sent again is cached as it was.
 */
export function cacheTtl(state: RunState): '5m' | '1h' {
  if (!state.open) return state.sentTtl;
  const results = [...state.open.results.values()];
  const longest = Math.max(0, ...results.map((entry) => entry.result.duration_ms));
  return longest > 4 * 60_000 ? '1h' : '5m';
}

function allWritten(state: RunState, tokens: number): CallUsage {
  const hour = fixedTokens(state) + estimateMessages(state.header?.first_messages ?? []);
  return {
    input_tokens: 0,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: tokens,
    cache_creation_1h_input_tokens: cacheTtl(state) === '1h' ? tokens : Math.min(hour, tokens),
    output_tokens: 0,
  };
}

function fixedTokens(state: RunState): number {
  const bytes = Buffer.byteLength(`${state.header?.system}${JSON.stringify(state.header?.tools)}`);
  return Math.ceil(bytes / BYTES_PER_TOKEN);
}

function estimateTokens(message: ModelMessage): number {
  let images = 0;
  const text = JSON.stringify(message, (key, value: unknown) => {
    if (key !== 'source') return value;
    images += 1;
    return null;
  });
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN) + images * TOKENS_PER_IMAGE;
}
