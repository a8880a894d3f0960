import type { PriceRow } from '../../core/price-data.ts';
import { affordableOutput, costMicroUsd } from '../../core/price.ts';
import { estimateMessages, leftToUse, promptTokens, worstInputOf } from './budget.ts';
import type { AgentLimits } from './limits.ts';
import { isExceeded, type RunState } from './run-state.ts';

/** A summary that is due: the messages before `cut` are summarized. Money in micro-USD. */
export type SummaryBudget = Readonly<{ max_tokens: number; reserve_micro_usd: number }>;

type Facts = Readonly<{ price: PriceRow; limits: AgentLimits }>;

/** A conversation of so many tokens is summarized where nothing else is wanted. */
const LONG_TOKENS = 160_000;
const SUMMARY_TOKENS = 8_000;
const SUMMARY_TOKENS_MIN = 2_000;

/**
 * Why the conversation must get shorter before the next request: it passed the threshold, or it no longer fits.
 * Undefined when it need not, or was shortened since the last answer.
 */
export function compactionReason(
  state: RunState,
  facts: Facts,
): 'threshold' | 'exceeded' | undefined {
  if (state.compactedTurn === state.turns) return undefined;
  const tokens = promptTokens(state);
  const window = state.header?.model_limits.max_input_tokens ?? 0;
  if (isExceeded(state) || tokens + facts.limits.min_output_tokens > window) return 'exceeded';
  // So close to its end a run does not gain from a summary.
  if (state.submitNow || state.open?.response.stop_reason === 'pause_turn') return undefined;
  return tokens >= threshold(window, facts) ? 'threshold' : undefined;
}

/**
 * How many messages, from the first on, can be replaced; undefined when none can. The messages from there on begin
 * with an answer of the model, so that calls and results stay together, and what is summarized is a request that was
 * sent before: its prefix is cached, and thinking behind it stays valid (platform documentation, "Compaction and
 * preserved thinking").
 */
export function compactionCut(state: RunState, { limits }: Facts): number | undefined {
  const { messages } = state;
  const cuts = messages.flatMap((message, index) =>
    message.role === 'assistant' && messages[index - 1]?.role === 'user' ? [index] : [],
  );
  // The first request holds nothing but the task.
  const useful = cuts.filter((cut) =>
    messages.slice(0, cut).some(({ role }) => role === 'assistant'),
  );
  const most = Math.min(limits.compact_at_tokens ?? LONG_TOKENS, promptTokens(state)) / 4;
  const keep = Math.min(limits.compact_keep_tokens, most);
  const small = useful.find((cut) => estimateMessages(messages.slice(cut)) <= keep);
  return small ?? useful.at(-1);
}

/** What a summary of the first `cut` messages may use at worst; undefined when there is no money for it. */
export function budgetSummary(
  state: RunState,
  summary: Facts & Readonly<{ cut: number }>,
): SummaryBudget | undefined {
  const { price, limits } = summary;
  const input = worstInputOf(state, state.messages.slice(0, summary.cut));
  const left = leftToUse(state, limits);
  // Half of what is left stays for the work that the summary makes room for.
  const affordable = affordableOutput(price, input, Math.floor(left.micro_usd / 2));
  const allowed = Math.floor(left.tokens / 2) - input.cache_creation_input_tokens;
  const max = Math.min(SUMMARY_TOKENS, affordable, allowed);
  if (max < SUMMARY_TOKENS_MIN) return undefined;
  return {
    max_tokens: max,
    reserve_micro_usd: costMicroUsd(price, { ...input, output_tokens: max }),
  };
}

// What was configured holds as far as the model's context goes. Otherwise the threshold stays a tenth below the first
// price step: a request beyond it costs more for every token of it.
function threshold(window: number, { price, limits }: Facts): number {
  const most = window * 0.8;
  if (limits.compact_at_tokens !== undefined) return Math.min(limits.compact_at_tokens, most);
  const step = price.tiers.find((tier) => tier.above_prompt_tokens > 0);
  const cheap = step ? step.above_prompt_tokens * 0.9 : Number.POSITIVE_INFINITY;
  return Math.min(LONG_TOKENS, cheap, most);
}
