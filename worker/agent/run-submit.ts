import { z } from 'zod';
import type { Submission } from '../../core/job.ts';
import type { PriceRow } from '../../core/price-data.ts';
import { SubmitInput } from '../tools/definition/submit.ts';
import type { AgentDeps } from './agent-deps.ts';
import { isForced } from './next-step.ts';
import { invalidSubmit, submitTogether } from './prompt.ts';
import type { Recorder } from './recorder.ts';
import { reviewDiff } from './review.ts';
import { reviewFindings } from './review-prompt.ts';
import { textResult } from './run-tools.ts';
import { isQuestionLost } from './side-calls.ts';
import { accepted, judgeSubmission, type Verdict } from './submit-gate.ts';
import type { ToolCall } from '../../core/tool-call.ts';

/**
 * Takes a call of `submit`: it counts when it stands alone, its input is valid and the gate lets it through. After the
 * order to submit now it counts at once.
 */
export async function runSubmit(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; price: PriceRow; call: ToolCall }>,
): Promise<void> {
  const { call, deps, price } = work;
  await recorder.record({
    type: 'tool_start',
    tool_use_id: call.id,
    name: call.name,
    mutating: false,
  });
  const parsed = SubmitInput.safeParse(call.input);
  const verdict = parsed.success
    ? await judge(recorder, { deps, price, input: parsed.data })
    : ({ submit: 'refused', text: invalidSubmit(z.prettifyError(parsed.error)) } as const);
  if (!verdict) return;
  const valid = parsed.success && (verdict.submit !== 'refused' || verdict.asked !== undefined);
  await recorder.record({
    type: 'tool_result',
    tool_use_id: call.id,
    result: textResult(deps.redact(verdict.text), { isError: verdict.submit === 'refused' }),
    submit: verdict.submit,
    ...(verdict.asked ? { asked: verdict.asked } : {}),
    ...(valid ? { submission: redactSubmission(parsed.data, deps.redact) } : {}),
  });
}

// Undefined when a shutdown broke the review off: the next attempt takes the call up again.
async function judge(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; price: PriceRow; input: SubmitInput }>,
): Promise<Verdict | undefined> {
  const state = recorder.state();
  const { open, checks, diffShown, asked } = state;
  if (!open || isForced(state, open)) return accepted;
  if (open.calls.length > 1) return { submit: 'refused', text: submitTogether() };
  const sameAsShown = diffShown && checks.changedAt <= checks.shownAt;
  if (!work.deps.gate || sameAsShown) return accepted;
  const report = await work.deps.gate();
  const findings = report.empty || diffShown ? [] : await reviewDiff(recorder, { ...work, report });
  if (isQuestionLost(recorder.state().side, work.deps.signal)) return undefined;
  const review = reviewFindings(findings);
  return judgeSubmission({ input: work.input, report, checks, diffShown, asked, review });
}

/** A submission without secrets. */
export function redactSubmission(input: Submission, redact: (text: string) => string): Submission {
  return {
    title: redact(input.title),
    summary: redact(input.summary),
    changes: input.changes.map(redact),
    verification: input.verification.map((check) => ({
      command: redact(check.command),
      outcome: redact(check.outcome),
    })),
    not_done: input.not_done.map(redact),
    risks: input.risks.map(redact),
  };
}
