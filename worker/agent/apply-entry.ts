import type {
  CompactionEntry,
  JournalEntry,
  RequestIntent,
  ResponseEntry,
  SideResult,
  ToolResultEntry,
} from '../../core/journal.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { addUsage, totalTokens } from '../../core/usage.ts';
import { tokensInFlight } from './budget.ts';
import { withResult } from './check-runs.ts';
import { isDropped, isUnfinished } from './dropped-answer.ts';
import type { OpenTurn } from './open-turn.ts';
import { messagesToSend, type RunState } from './run-state.ts';
import { withSideResult } from './side-calls.ts';
import { sideEvents } from './side-event.ts';
import {
  cacheMissEvents,
  compactionEvent,
  noticeEvent,
  outcomeEvent,
  turnEvent,
} from '../../core/thread-events.ts';
import { textOf, thinkingOf, toolCallsOf } from '../../core/tool-call.ts';
import { toolTrace } from './tool-trace.ts';
import { withToolResult, withWords } from './work-log.ts';

/** The state after one more entry. Throws a defect when the entry does not follow the last one. */
export function applyEntry(state: RunState, entry: JournalEntry): RunState {
  if (entry.seq !== state.seq + 1) {
    throw new Error(`Journal entry ${entry.seq} does not follow entry ${state.seq}`);
  }
  return { ...applyKind({ ...state, events: [] }, entry), seq: entry.seq };
}

function applyKind(state: RunState, entry: JournalEntry): RunState {
  switch (entry.type) {
    case 'run_header':
      return { ...state, header: entry, messages: entry.first_messages };
    case 'request_intent':
      return applyIntent(state, entry);
    case 'response':
      return applyResponse(state, entry);
    case 'call_failed':
      return {
        ...state,
        intent: undefined,
        usage: addUsage(state.usage, entry.usage),
        cost_micro_usd: state.cost_micro_usd + entry.cost_micro_usd,
        lostTokens: state.lostTokens + (entry.error === 'worker_lost' ? tokensInFlight(state) : 0),
        failures: [...state.failures, entry],
      };
    case 'tool_start':
      return withOpen(state, (open) => ({
        ...open,
        started: new Set([...open.started, entry.tool_use_id]),
      }));
    case 'tool_result':
      return applyResult(state, entry);
    case 'workspace':
      return {
        ...state,
        snapshotTurn: entry.turn,
        mutatedSinceSnapshot: false,
        notSavedTurn: undefined,
      };
    case 'notice':
      return applyNotice(state, entry);
    case 'compaction':
      return applyCompaction(state, entry);
    case 'side_intent':
      return { ...state, side: { ...state.side, open: entry } };
    case 'side_result':
      return applySideResult(state, entry);
    case 'outcome':
      return closeTurn({ ...state, outcome: entry }, [outcomeEvent(entry)]);
  }
}

function applyIntent(state: RunState, entry: RequestIntent): RunState {
  // A summary is asked for beside the conversation, which goes on where it was.
  if (entry.compacts) return { ...state, intent: entry };
  return {
    ...closeTurn(state, []),
    messages: messagesToSend(state),
    texts: [],
    intent: entry,
    sentTtl: entry.cache_ttl ?? '5m',
  };
}

function applyResponse(state: RunState, entry: ResponseEntry): RunState {
  const { usage } = entry;
  const calls = toolCallsOf(entry.message.content);
  const tokens =
    usage.input_tokens +
    usage.cache_read_input_tokens +
    usage.cache_creation_input_tokens +
    usage.output_tokens;
  const next: RunState = {
    ...state,
    intent: undefined,
    failures: [],
    turns: entry.turn,
    usage: addUsage(state.usage, usage),
    cost_micro_usd: state.cost_micro_usd + entry.cost_micro_usd,
    unfinished: isUnfinished(entry) ? state.unfinished + 1 : 0,
    open: { response: entry, calls, started: new Set(), results: new Map() },
    lastMessageId: entry.message_id,
    noticeEvents: cacheMissEvents(entry),
  };
  if (isDropped(entry, next.unfinished)) return next;
  const messages = [...state.messages, entry.message];
  // The current models give what they say between calls as thinking.
  const said = textOf(entry.message.content) || thinkingOf(entry.message.content);
  const work = withWords(state.work, said);
  return { ...next, messages, work, counted: { tokens, messages: messages.length } };
}

function applyResult(state: RunState, entry: ToolResultEntry): RunState {
  const call = state.open?.calls.find((candidate) => candidate.id === entry.tool_use_id);
  const next = withOpen(state, (open) => ({
    ...open,
    results: new Map([...open.results, [entry.tool_use_id, entry]]),
  }));
  return {
    ...next,
    diffShown: state.diffShown || entry.submit === 'shown',
    checks: withResult(state.checks, { call, entry }),
    asked: entry.asked ? [...state.asked, entry.asked] : state.asked,
    offered: entry.submission ?? state.offered,
    accepted: entry.submit === 'accepted' ? entry.submission : state.accepted,
    mutatedSinceSnapshot: state.mutatedSinceSnapshot || entry.result.mutated,
    seen: withSeen(state.seen, entry.result.seen),
    work: call ? withToolResult(state.work, { call, result: entry.result }) : state.work,
    instructed: entry.instructions
      ? new Set([...state.instructed, ...entry.instructions])
      : state.instructed,
    traces: call
      ? [...state.traces, toolTrace({ call, result: entry.result, turn: state.turns })].slice(-200)
      : state.traces,
  };
}

function withSeen(
  seen: RunState['seen'],
  file: ToolResultEntry['result']['seen'],
): RunState['seen'] {
  return file ? new Map([...seen, [file.path, file.sha256]]) : seen;
}

function applyNotice(state: RunState, entry: Extract<JournalEntry, { type: 'notice' }>): RunState {
  const next: RunState = {
    ...state,
    texts: [...state.texts, entry.text],
    noticeEvents: [...state.noticeEvents, noticeEvent(entry)],
  };
  switch (entry.kind) {
    case 'wrap_up':
      return { ...next, wrappedUp: true };
    case 'submit_now':
      return {
        ...next,
        submitNow: { code: entry.code ?? 'budget_exhausted', turn: state.turns },
      };
    case 'nudge':
      return { ...next, nudged: true };
    case 'stuck':
      return { ...next, stuckNotices: state.stuckNotices + 1, traces: [] };
    case 'resumed':
      return { ...next, mutatedSinceSnapshot: false };
    case 'not_saved':
      return { ...next, notSavedTurn: state.turns };
    case 'continue':
      return next;
  }
}

// A summary keeps the open turn and everything behind the cut; a handoff starts anew, its note tells what was done.
function applyCompaction(state: RunState, entry: CompactionEntry): RunState {
  const base = entry.kind === 'handoff' ? closeTurn(state, []) : state;
  return {
    ...base,
    messages: [...entry.replacement, ...state.messages.slice(entry.range.messages)],
    texts: [entry.note, ...state.texts],
    intent: undefined,
    failures: [],
    usage: addUsage(state.usage, entry.usage),
    cost_micro_usd: state.cost_micro_usd + entry.cost_micro_usd,
    counted: { tokens: 0, messages: 0 },
    lastMessageId: undefined,
    compactedTurn: state.turns,
    noticeEvents: [...base.noticeEvents, compactionEvent(entry)],
  };
}

// A call beside the conversation is settled: what it cost, and a line in the thread when it was the last one.
function applySideResult(state: RunState, entry: SideResult): RunState {
  const side = withSideResult(state.side, entry);
  const isUnknown = entry.status === 'lost' && totalTokens(entry.usage) === 0;
  return {
    ...state,
    side,
    lostTokens: state.lostTokens + (isUnknown ? tokensInFlight(state) : 0),
    usage: addUsage(state.usage, entry.usage),
    cost_micro_usd: state.cost_micro_usd + entry.cost_micro_usd,
    noticeEvents: [...state.noticeEvents, ...sideEvents(side.results)],
  };
}

// Turns are shown when they are closed, together with their results: by the next request or by the outcome.
function closeTurn(state: RunState, after: readonly ThreadEvent[]): RunState {
  const turn = state.open ? [turnEvent(state.open)] : [];
  const events = [...state.events, ...turn, ...state.noticeEvents, ...after];
  return { ...state, open: undefined, noticeEvents: [], events };
}

function withOpen(state: RunState, change: (open: OpenTurn) => OpenTurn): RunState {
  if (!state.open) throw new Error('A tool entry without an answer that asked for it');
  return { ...state, open: change(state.open) };
}
