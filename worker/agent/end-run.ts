import type { PriceRow } from '../../core/price-data.ts';
import type { AgentDeps } from './agent-deps.ts';
import { describeRun } from './describe-run.ts';
import type { Step } from './step.ts';
import type { Recorder } from './recorder.ts';
import { isQuestionLost } from './side-calls.ts';
import { redactSubmission } from './run-submit.ts';

type Work = Readonly<{
  deps: AgentDeps;
  price: PriceRow;
  step: Extract<Step, { type: 'end' }>;
}>;

/**
 * Records the outcome. A run that changed something without ever submitting gets title and summary from a question of
 * its own, where that is possible. Records nothing when a shutdown broke that off: the next attempt does it.
 */
export async function endRun(recorder: Recorder, { deps, price, step }: Work): Promise<void> {
  const { accepted, offered } = recorder.state();
  const handedIn = accepted ?? offered;
  const words = step.submission?.summary ?? '';
  const described = handedIn
    ? undefined
    : await describeRun(recorder, { deps, price, code: step.cause.code, words });
  if (isQuestionLost(recorder.state().side, deps.signal)) return;
  const submission = described ?? step.submission;
  await recorder.record({
    type: 'outcome',
    ended: step.ended,
    ...step.cause,
    ...(submission ? { submission: redactSubmission(submission, deps.redact) } : {}),
  });
}
