import { z } from 'zod';
import type { CauseCode } from '../../core/cause.ts';
import type { Submission } from '../../core/job.ts';
import type { PriceRow } from '../../core/price-data.ts';
import type { AgentDeps } from './agent-deps.ts';
import { askBeside } from './ask-beside.ts';
import { outputSchema } from './question.ts';
import type { Recorder } from './recorder.ts';
import { describeSystemPrompt, describeText } from './review-prompt.ts';
import { taskOf } from './review.ts';

const Description = z.strictObject({
  title: z.string().describe('What the change does, in the imperative, at most 70 characters.'),
  summary: z.string().describe('What was done and why, for a reviewer who knows the project.'),
  not_done: z.array(z.string()).describe('Parts of the task that the diff does not hold.'),
});

const schema = outputSchema(Description);
const MAX_OUTPUT = 3_000;

// The time is over, the API itself failed or the model would not: asking once more costs and gives the same.
const hopeless: ReadonlySet<CauseCode> = new Set([
  'cancelled_by_user',
  'time_limit',
  'model_refused',
  'model_key_rejected',
  'model_rate_limited',
  'model_overloaded',
  'model_spend_limit',
  'model_unavailable',
  'model_rejected_request',
]);

type Work = Readonly<{
  deps: AgentDeps;
  price: PriceRow;
  code: CauseCode;
  /** The last words of the agent, when it ended with words. */
  words: string;
}>;

/**
 * Title and summary for a run that changed something and never submitted, from a small question of its own. Undefined
 * when nothing differs or the question gave no answer; then the caller's own words stand. Throws what the journal and
 * the gate throw.
 */
export async function describeRun(recorder: Recorder, work: Work): Promise<Submission | undefined> {
  const { deps, price, code, words } = work;
  if (!deps.gate || deps.signal.aborted || hopeless.has(code)) return undefined;
  const report = await deps.gate();
  if (report.empty) return undefined;
  const answer = await askBeside(recorder, {
    deps,
    price,
    purpose: 'describe',
    effort: 'low',
    system: describeSystemPrompt,
    text: describeText({ task: taskOf(recorder.state()), report, words }),
    schema,
    max_tokens: MAX_OUTPUT,
    keep: 0,
  });
  return answer === undefined ? undefined : parseDescription(answer);
}

/** The submission in an answer; undefined when it is not what was asked for. Never throws. */
export function parseDescription(answer: string): Submission | undefined {
  try {
    const { title, summary, not_done } = Description.parse(JSON.parse(answer));
    if (title.trim() === '' || summary.trim() === '') return undefined;
    return {
      title: shortTitle(title),
      summary,
      changes: [],
      verification: [],
      not_done,
      risks: [],
    };
  } catch {
    // An answer that is no description is no reason to fail: there is a text without it.
    return undefined;
  }
}

function shortTitle(title: string): string {
  const line = title.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 70 ? line : `${line.slice(0, 69).trimEnd().toWellFormed()}…`;
}
