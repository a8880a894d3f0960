import { z } from 'zod';
import type { Cause, CauseCode } from '../../core/cause.ts';
import type { Submission } from '../../core/job.ts';
import { budgetCall, usedShares } from './budget.ts';
import { stepOfCompaction } from './compaction-step.ts';
import {
  completedCause,
  contextCause,
  limitCause,
  noAnswerCause,
  refusalCause,
  unknownStopCause,
} from './causes.ts';
import { isDropped } from './dropped-answer.ts';
import {
  continueNotice,
  nudgeNotice,
  refusedCall,
  stuckNotice,
  submitNowNotice,
  truncatedCall,
  wrapUpNotice,
} from './prompt.ts';
import { retryOf } from './retry.ts';
import type { OpenTurn } from './open-turn.ts';
import type { RunState } from './run-state.ts';
import type { Facts, Step } from './step.ts';
import { stuckReason } from './stuck.ts';
import { textOf, type ToolCall } from '../../core/tool-call.ts';

const StopReason = z.enum([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
]);

// After a snapshot that was too large, so many turns pass before the next one.
const SNAPSHOT_RETRY_TURNS = 10;

// So many cut, paused or empty answers in a row end the run.
const UNFINISHED_MAX = 4;

/** Decides the next step from what the journal holds. Pure. */
export function nextStep(state: RunState, facts: Facts): Step {
  if (state.accepted) return submitted(state, state.accepted);
  return (
    stepOfAnswer(state, facts) ??
    stepOfSnapshot(state, facts) ??
    stepOfLimits(state, facts) ??
    stepOfCall(state, facts)
  );
}

/** What the open answer asks for; undefined when everything in it is done. */
function stepOfAnswer(state: RunState, facts: Facts): Step | undefined {
  const open = state.open;
  if (!open) return undefined;
  const { response } = open;
  if (state.unfinished > UNFINISHED_MAX) return stopped(noAnswerCause());
  if (isDropped(response, state.unfinished)) return undefined;
  const reason = StopReason.safeParse(response.stop_reason);
  if (!reason.success) return stopped(unknownStopCause(response.stop_reason));
  const stopReason = reason.data;
  switch (stopReason) {
    case 'tool_use':
      return open.calls.length > 0 ? stepOfCalls(state, open, facts) : stepOfEnd(state, open);
    case 'end_turn':
    case 'stop_sequence':
      return answerAll(open) ?? stepOfEnd(state, open);
    case 'max_tokens':
      return answerAll(open) ?? stepOfCut(state, open);
    case 'pause_turn':
      return undefined;
    case 'refusal':
      return stopped(refusalCause(response.stop_detail));
    case 'model_context_window_exceeded':
      // Dropped: the conversation gets shorter before the next call.
      return undefined;
    default:
      return unreachable(stopReason);
  }
}

function stepOfCalls(state: RunState, open: OpenTurn, facts: Facts): Step | undefined {
  const waiting = openCalls(open);
  const [first] = waiting;
  if (!first) return undefined;
  if (isForced(state, open)) {
    const refused = waiting.filter((call) => call.name !== 'submit');
    if (refused.length > 0) return { type: 'answer_calls', calls: refused, text: refusedCall() };
  }
  if (first.name === 'submit') return { type: 'submit', call: first };
  const end = waiting.findIndex((call) => !isReadOnly(state, call));
  const reads = end === -1 ? waiting : waiting.slice(0, end);
  const calls = reads.length > 0 ? reads.slice(0, facts.limits.parallel_reads) : [first];
  return { type: 'tools', calls };
}

function stepOfEnd(state: RunState, open: OpenTurn): Step | undefined {
  if (state.texts.length > 0) return undefined;
  const last = state.submitNow !== undefined;
  if (!state.nudged && !last) return { type: 'notice', kind: 'nudge', text: nudgeNotice() };
  const text = textOf(open.response.message.content);
  if (text === '' && !state.offered) return stopped(noAnswerCause());
  return submitted(state, state.offered ?? submissionOf(text));
}

function stepOfCut(state: RunState, open: OpenTurn): Step | undefined {
  if (state.texts.length > 0 || open.calls.length > 0) return undefined;
  return { type: 'notice', kind: 'continue', text: continueNotice() };
}

// Calls of an answer that did not stop for them never run, but each of them needs a result.
function answerAll(open: OpenTurn): Step | undefined {
  const calls = openCalls(open);
  return calls.length > 0 ? { type: 'answer_calls', calls, text: truncatedCall() } : undefined;
}

function stepOfSnapshot(state: RunState, facts: Facts): Step | undefined {
  const tried = state.notSavedTurn ?? Number.NEGATIVE_INFINITY;
  const due =
    facts.canSnapshot &&
    state.open !== undefined &&
    state.mutatedSinceSnapshot &&
    state.turns >= tried + SNAPSHOT_RETRY_TURNS;
  return due ? { type: 'snapshot' } : undefined;
}

function stepOfLimits(state: RunState, facts: Facts): Step | undefined {
  const { limits } = facts;
  const elapsed = facts.elapsed_ms;
  if (elapsed >= limits.wall_clock_ms) return stopped(limitCause('time_limit'));
  if (state.turns >= limits.max_turns) return stopped(limitCause('turn_limit'));
  if (state.submitNow) {
    const used = state.turns - state.submitNow.turn;
    return used >= limits.finish_turns ? stopped(limitCause(state.submitNow.code)) : undefined;
  }
  if (!canNotify(state)) return undefined;
  if (elapsed >= limits.wall_clock_ms * 0.9) return submitNow('time_limit');
  if (state.turns >= Math.max(1, limits.max_turns - limits.finish_turns)) {
    return submitNow('turn_limit');
  }
  return stepOfStuck(state) ?? stepOfWrapUp(state, facts);
}

function stepOfStuck(state: RunState): Step | undefined {
  const reason = stuckReason(state.traces);
  if (!reason) return undefined;
  if (state.stuckNotices > 0) return submitNow('stuck');
  return { type: 'notice', kind: 'stuck', text: stuckNotice(reason) };
}

function stepOfWrapUp(state: RunState, facts: Facts): Step | undefined {
  if (state.wrappedUp) return undefined;
  const { limits } = facts;
  const limit = firstPast(0.75, {
    ...usedShares(state, facts),
    turns: state.turns / limits.max_turns,
    time: facts.elapsed_ms / limits.wall_clock_ms,
  });
  return limit && { type: 'notice', kind: 'wrap_up', text: wrapUpNotice(limit) };
}

function stepOfCall(state: RunState, facts: Facts): Step {
  const compaction = stepOfCompaction(state, facts);
  if (compaction) return compaction;
  const retry = retryOf(state.failures, facts);
  if (retry.type === 'give_up') return stopped(retry.cause);
  const finishing = state.submitNow !== undefined || !canNotify(state);
  const budget = budgetCall(state, { ...facts, finishing });
  switch (budget.type) {
    case 'fits':
      return {
        type: 'call',
        max_tokens: budget.max_tokens,
        reserve_micro_usd: budget.reserve_micro_usd,
        wait_ms: retry.wait_ms,
      };
    case 'too_long':
      return stopped(contextCause());
    case 'too_dear':
      return finishing ? stopped(limitCause(budget.code)) : submitNow(budget.code);
  }
}

/** A word of the harness fits only behind an answer that is part of the conversation and complete. */
export function canNotify(state: RunState): boolean {
  const response = state.open?.response;
  if (!response) return false;
  return response.stop_reason !== 'pause_turn' && !isDropped(response, state.unfinished);
}

/** True when the answer came after the order to submit, so that nothing but submit runs. */
export function isForced(state: RunState, open: OpenTurn): boolean {
  return state.submitNow !== undefined && open.response.turn > state.submitNow.turn;
}

function isReadOnly(state: RunState, call: ToolCall): boolean {
  const tool = state.header?.tools.find((candidate) => candidate.name === call.name);
  return call.name !== 'submit' && tool !== undefined && !tool.mutating;
}

function openCalls(open: OpenTurn): ToolCall[] {
  return open.calls.filter((call) => !open.results.has(call.id));
}

function firstPast(
  share: number,
  used: Readonly<Record<'turns' | 'tokens' | 'money' | 'time', number>>,
): 'turns' | 'tokens' | 'money' | 'time' | undefined {
  const names = ['turns', 'tokens', 'money', 'time'] as const;
  return names.find((name) => used[name] >= share);
}

function submitNow(code: CauseCode): Step {
  return { type: 'notice', kind: 'submit_now', code, text: submitNowNotice() };
}

function stopped(cause: Cause): Step {
  return { type: 'end', ended: 'stopped', cause };
}

function submitted(state: RunState, submission: Submission): Step {
  const cause = state.submitNow ? limitCause(state.submitNow.code) : completedCause();
  return { type: 'end', ended: 'submitted', cause, submission };
}

// A run that ended without submit: its last words are the report.
function submissionOf(text: string): Submission {
  const [line = ''] = text.split('\n');
  const title = line.replace(/^[#*\s]+/, '').slice(0, 70);
  return { title, summary: text, changes: [], verification: [], not_done: [], risks: [] };
}

function unreachable(value: never): never {
  throw new Error(`Not a stop reason: ${String(value)}`);
}
