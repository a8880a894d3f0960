import type { PriceRow } from '../../core/price-data.ts';
import type { AgentDeps, GateReport } from './agent-deps.ts';
import { askBeside } from './ask-beside.ts';
import { checksOf } from './check-runs.ts';
import { createLook } from './look.ts';
import { type Finding, isSettled, parseReview, reviewSchema } from './finding.ts';
import type { Recorder } from './recorder.ts';
import { reviewSystemPrompt, reviewText } from './review-prompt.ts';
import type { RunState } from './run-state.ts';

const MAX_OUTPUT = 8_000;
// A smaller change is looked at faster than it is explained.
const TINY_LINES = 10;
/** Shares of the budget: what must be left before a review, and what it must leave for the end of the run. */
const LEFT_BEFORE = 0.2;
const LEFT_AFTER = 0.1;
/** The share of the budget beyond which a review looks at nothing more. */
const LOOK_SHARE = 0.15;

/**
 * Has the diff looked at by a model that sees the task, the diff and the checks that ran, but not the conversation; it
 * may read in the work tree.
 * Returns what it wants settled; nothing when it is off, the diff is tiny, the budget is short, or it failed. Throws
 * what the journal throws.
 */
export async function reviewDiff(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; price: PriceRow; report: GateReport }>,
): Promise<readonly Finding[]> {
  const { deps, price, report } = work;
  const state = recorder.state();
  const budget = deps.limits.budget_micro_usd;
  const tiny = (report.changed_lines ?? 0) < TINY_LINES;
  const short = budget - state.cost_micro_usd < budget * LEFT_BEFORE;
  // What it has cost so far must not end it when it is taken up again.
  const begun = state.side.results.some(({ purpose }) => purpose === 'review');
  if (!deps.reviewer || tiny || (short && !begun)) return [];
  const answer = await askBeside(recorder, {
    deps,
    price,
    purpose: 'review',
    effort: state.header?.effort === 'low' ? 'low' : 'medium',
    system: reviewSystemPrompt,
    text: reviewText({
      task: taskOf(state),
      report,
      checks: checksOf(state.checks, report.checks ?? []),
    }),
    schema: reviewSchema,
    max_tokens: Math.min(MAX_OUTPUT, state.header?.model_limits.max_output_tokens ?? MAX_OUTPUT),
    keep: LEFT_AFTER,
    look: createLook(recorder, { deps, max_micro_usd: budget * LOOK_SHARE }),
  });
  if (answer === undefined) return [];
  return parseReview(answer).filter((finding) => isSettled(finding, report.diff));
}

/** The first block of the first message: task and context, as the model was given them. */
export function taskOf({ header }: RunState): string {
  const [block] = header?.first_messages[0]?.content ?? [];
  return typeof block?.['text'] === 'string' ? block['text'] : '';
}
