import { z } from 'zod';
import type { PriceRow } from '../../core/price-data.ts';
import type { AgentDeps, GateReport } from './agent-deps.ts';
import { askBeside } from './ask-beside.ts';
import { checksOf } from './check-runs.ts';
import { outputSchema } from './question.ts';
import type { Recorder } from './recorder.ts';
import { reviewSystemPrompt, reviewText } from './review-prompt.ts';
import type { RunState } from './run-state.ts';

/** What a reviewer answers. Bounds stand in `parseReview`: structured outputs take none. */
const Review = z.strictObject({
  findings: z.array(
    z.strictObject({
      severity: z.enum(['blocking', 'minor']),
      file: z.string().describe('Path of the file as it stands in the diff.'),
      line: z.number().describe('Line in the new version of the file; 0 when it has none.'),
      evidence: z
        .string()
        .describe('What is wrong and how the diff or the log shows it. Empty when nothing does.'),
    }),
  ),
});
export type Finding = z.infer<typeof Review>['findings'][number];

const schema = outputSchema(Review);

const MAX_OUTPUT = 8_000;
const MAX_FINDINGS = 10;
// A smaller change is looked at faster than it is explained.
const TINY_LINES = 10;
/** Shares of the budget: what must be left before a review, and what it must leave for the end of the run. */
const LEFT_BEFORE = 0.2;
const LEFT_AFTER = 0.1;

/**
 * Has the diff looked at by a model that sees the task, the diff and the checks that ran, but not the conversation.
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
  if (!deps.reviewer || tiny || short) return [];
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
    schema,
    max_tokens: Math.min(MAX_OUTPUT, state.header?.model_limits.max_output_tokens ?? MAX_OUTPUT),
    keep_micro_usd: budget * LEFT_AFTER,
  });
  if (answer === undefined) return [];
  return parseReview(answer).filter((finding) => isSettled(finding, report.diff));
}

/** The findings in an answer, at most ten; none when it is not what was asked for. Never throws. */
export function parseReview(answer: string): readonly Finding[] {
  try {
    return Review.parse(JSON.parse(answer)).findings.slice(0, MAX_FINDINGS);
  } catch {
    // An answer that is no review is no reason to stop: the run goes on without one.
    return [];
  }
}

/** Only what keeps the change from being right goes back, with words about a file that the diff really touches. */
function isSettled({ severity, file, evidence }: Finding, diff: string): boolean {
  const name = file.trim();
  return severity === 'blocking' && evidence.trim() !== '' && name !== '' && diff.includes(name);
}

/** The first block of the first message: task and context, as the model was given them. */
export function taskOf({ header }: RunState): string {
  const [block] = header?.first_messages[0]?.content ?? [];
  return typeof block?.['text'] === 'string' ? block['text'] : '';
}
