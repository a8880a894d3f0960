import { z } from 'zod';
import type { Submission } from '../../core/job.ts';
import { SubmitInput } from '../tools/definition/submit.ts';
import type { AgentDeps } from './agent-deps.ts';
import { isForced } from './next-step.ts';
import { emptySubmit, invalidSubmit, reviewOfDiff, submitTogether } from './prompt.ts';
import type { Recorder } from './recorder.ts';
import { textResult } from './run-tools.ts';
import type { ToolCall } from './tool-call.ts';

const DIFF_MAX = 30_000;

type Verdict = Readonly<{ submit: 'shown' | 'refused' | 'accepted'; text: string }>;

/**
 * Takes a call of `submit`: it counts when it stands alone, its input is valid, and the diff has been shown once (or
 * there is none). After the order to submit now it counts at once.
 */
export async function runSubmit(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; call: ToolCall }>,
): Promise<void> {
  const { call, deps } = work;
  await recorder.record({
    type: 'tool_start',
    tool_use_id: call.id,
    name: call.name,
    mutating: false,
  });
  const parsed = SubmitInput.safeParse(call.input);
  const verdict: Verdict = parsed.success
    ? await judge(recorder, { deps, input: parsed.data })
    : { submit: 'refused', text: invalidSubmit(z.prettifyError(parsed.error)) };
  const valid = verdict.submit !== 'refused' && parsed.success;
  await recorder.record({
    type: 'tool_result',
    tool_use_id: call.id,
    result: textResult(deps.redact(verdict.text), { isError: verdict.submit === 'refused' }),
    submit: verdict.submit,
    ...(valid ? { submission: redactSubmission(parsed.data, deps.redact) } : {}),
  });
}

async function judge(
  recorder: Recorder,
  work: Readonly<{ deps: AgentDeps; input: SubmitInput }>,
): Promise<Verdict> {
  const accepted: Verdict = { submit: 'accepted', text: 'Submitted.' };
  const { open, diffShown } = recorder.state();
  if (!open || isForced(recorder.state(), open)) return accepted;
  if (open.calls.length > 1) return { submit: 'refused', text: submitTogether() };
  if (!work.deps.gate || diffShown) return accepted;
  const report = await work.deps.gate();
  if (!report.empty) {
    const diff = shortened(report.diff);
    return { submit: 'shown', text: reviewOfDiff({ ...report, diff }) };
  }
  const answers = work.input.summary.trim() !== '' || work.input.not_done.length > 0;
  return answers ? accepted : { submit: 'refused', text: emptySubmit() };
}

function shortened(diff: string): string {
  if (diff.length <= DIFF_MAX) return diff;
  const rest = diff.length - DIFF_MAX;
  return `${diff.slice(0, DIFF_MAX)}\n[${rest} more characters; use git diff to see the rest]`;
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
