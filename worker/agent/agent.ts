import type { Cause } from '../../core/cause.ts';
import { Stopped, TransientError, UserError } from '../../core/errors.ts';
import type { Submission } from '../../core/job.ts';
import { findPrice } from '../../core/price.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import type { Usage } from '../../core/usage.ts';
import type { AgentDeps } from './agent-deps.ts';
import type { AgentTask } from './agent-task.ts';
import { callModel } from './call-model.ts';
import { cancelledCause, limitCause } from './causes.ts';
import { endRun } from './end-run.ts';
import { nextStep } from './next-step.ts';
import type { Step } from './step.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { notSavedNotice } from './prompt.ts';
import { resume } from './resume.ts';
import { answerCalls, runTools } from './run-tools.ts';
import { startRun } from './start-run.ts';
import { handOff, summarize } from './summarize.ts';
import { runSubmit } from './run-submit.ts';

export type { AgentTask } from './agent-task.ts';
export type { AgentDeps, GateReport, Tools } from './agent-deps.ts';

type Totals = Readonly<{
  turns: number;
  usage: Usage;
  cost_micro_usd: number;
  events: readonly ThreadEvent[];
}>;

/** How the run ended. `forced` tells which limit made the agent submit. */
export type AgentOutcome = Totals &
  (
    | Readonly<{ type: 'submitted'; submission: Submission; forced?: Cause }>
    | Readonly<{ type: 'stopped'; cause: Cause; submission?: Submission }>
  );

/**
 * Runs the agent to its end, or goes on where the journal of an earlier attempt stops. Limits, refusals, failures of
 * the model API and a cancel are outcomes. Throws UserError for a model without a price, the signal's `Stopped` for
 * shutdown and a lost lease (the next attempt goes on), TransientError ('model_spend_limit') for a run that waits, and
 * whatever the journal, the tools, the gate and the snapshot throw.
 */
export async function runAgent(deps: AgentDeps, task: AgentTask): Promise<AgentOutcome> {
  const recorder = createRecorder(deps, task.attempt);
  await recorder.replay();
  if (recorder.state().header) await resume(recorder, deps);
  else await startRun(recorder, { deps, task });

  const { header } = recorder.state();
  const price = findPrice(header?.model ?? task.model, header?.at ?? deps.now());
  const began = { at: deps.now(), turns: recorder.state().turns };
  while (!recorder.state().outcome) {
    if (deps.signal.aborted) {
      await endCancelled(recorder, deps);
      continue;
    }
    const step = nextStep(recorder.state(), {
      now: deps.now(),
      elapsed_ms: recorder.elapsed(),
      random: (deps.random ?? Math.random)(),
      price,
      limits: deps.limits,
      canSnapshot: deps.snapshot !== undefined,
      began: began.at,
    });
    const answered = recorder.state().turns > began.turns;
    const waits = deps.waitsForSpendLimit && !answered;
    if (waits && step.type === 'end' && step.cause.code === 'model_spend_limit')
      throw new TransientError(step.cause.code, step.cause.sentence);
    await takeStep(step, { deps, recorder, price });
  }
  return outcomeOf(recorder);
}

type StepContext = Readonly<{
  deps: AgentDeps;
  recorder: Recorder;
  price: ReturnType<typeof findPrice>;
}>;

async function takeStep(step: Step, context: StepContext): Promise<void> {
  const { deps, recorder } = context;
  switch (step.type) {
    case 'tools':
      return await runTools(recorder, { deps, calls: step.calls });
    case 'submit':
      return await runSubmit(recorder, { ...context, call: step.call });
    case 'answer_calls':
      return await answerCalls(recorder, step);
    case 'snapshot':
      return await takeSnapshot(recorder, deps);
    case 'notice':
      return await recorder.record({
        type: 'notice',
        kind: step.kind,
        text: step.text,
        ...(step.code ? { code: step.code } : {}),
      });
    case 'summarize':
      return await summarize(recorder, { ...context, step });
    case 'handoff':
      return await handOff(recorder, deps);
    case 'call':
      return await callModel(recorder, { ...context, step });
    case 'end':
      return await endRun(recorder, { ...context, step });
  }
}

async function takeSnapshot(recorder: Recorder, deps: AgentDeps): Promise<void> {
  if (!deps.snapshot) return;
  try {
    const pointer = await deps.snapshot();
    await recorder.record({ type: 'workspace', turn: recorder.state().turns, pointer });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'too_large') throw error;
    await recorder.record({ type: 'notice', kind: 'not_saved', text: notSavedNotice() });
  }
}

// A cancel is an outcome of the run; shutdown, a lost lease and every error leave it open for the next attempt.
async function endCancelled(recorder: Recorder, deps: AgentDeps): Promise<void> {
  const reason: unknown = deps.signal.reason;
  if (!(reason instanceof Stopped)) throw reason;
  if (reason.reason === 'shutdown') {
    await keepTree(recorder, deps);
    throw reason;
  }
  if (reason.reason === 'lease_lost') throw reason;
  const cause = reason.reason === 'cancelled' ? cancelledCause() : limitCause(reason.code);
  await recorder.record({ type: 'outcome', ended: 'stopped', ...cause });
}

/** What the tools have changed since the last snapshot goes to the next attempt. */
async function keepTree(recorder: Recorder, deps: AgentDeps): Promise<void> {
  const { open, mutatedSinceSnapshot } = recorder.state();
  if (!mutatedSinceSnapshot && !open?.started.size) return;
  try {
    await takeSnapshot(recorder, deps);
  } catch (error) {
    deps.log.warn({ err: error }, 'The work tree could not be kept at the shutdown');
  }
}

function outcomeOf(recorder: Recorder): AgentOutcome {
  const state = recorder.state();
  const { outcome } = state;
  if (!outcome) throw new Error('The run has no outcome');
  const totals = {
    turns: state.turns,
    usage: state.usage,
    cost_micro_usd: state.cost_micro_usd,
    events: recorder.events(),
  };
  const { code, sentence, next } = outcome;
  const submission = outcome.submission ?? state.offered;
  const cause = { code, sentence, ...(next ? { next } : {}) };
  if (outcome.ended === 'submitted' && submission) {
    const forced = code === 'completed' ? {} : { forced: cause };
    return { type: 'submitted', submission, ...forced, ...totals };
  }
  return { type: 'stopped', cause, ...(submission ? { submission } : {}), ...totals };
}
