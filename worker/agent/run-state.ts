import type {
  CallFailed,
  ModelMessage,
  OutcomeEntry,
  RequestIntent,
  RunHeader,
  ToolResultEntry,
} from '../../core/journal.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { noUsage, type Usage } from '../../core/usage.ts';
import { type CheckRuns, noRuns } from './check-runs.ts';
import { contextFull } from './dropped-answer.ts';
import type { OpenTurn } from './open-turn.ts';
import { pendingContent } from './pending-content.ts';
import { noSideCalls, type SideCalls } from './side-calls.ts';
import type { ToolTrace } from './tool-trace.ts';
import { emptyWorkLog, type WorkLog } from './work-log.ts';

/** Everything the run knows; nothing but a fold of its journal, so that a restart knows the same. */
export type RunState = Readonly<{
  seq: number;
  header: RunHeader | undefined;
  /** The conversation as last sent, with the answers to it. */
  messages: readonly ModelMessage[];
  /** What the next user message will hold, after the results of the open turn. */
  texts: readonly string[];
  /** A call that was sent and not yet answered. */
  intent: RequestIntent | undefined;
  open: OpenTurn | undefined;
  turns: number;
  usage: Usage;
  cost_micro_usd: number;
  /** As many tokens as calls may have used at most that a worker left behind: nobody knows, and they count as used. */
  lostTokens: number;
  /** Failed tries of the current turn, those of its summary among them. */
  failures: readonly CallFailed[];
  /** Tokens of the conversation as the last answer counted them, and the bytes of the request that it answered. */
  counted: Readonly<{ tokens: number; messages: number }>;
  /** How long the end of the last request was cached. */
  sentTtl: '5m' | '1h';
  /** The last answer's id while the next request still begins with its request. */
  lastMessageId: string | undefined;
  /** Turns when the conversation was last shortened. */
  compactedTurn: number | undefined;
  work: WorkLog;
  /** Instruction files that were told with a tool result. */
  instructed: ReadonlySet<string>;
  /** The turn whose snapshot was too large. */
  notSavedTurn: number | undefined;
  wrappedUp: boolean;
  submitNow: Readonly<{ code: OutcomeEntry['code']; turn: number }> | undefined;
  nudged: boolean;
  diffShown: boolean;
  checks: CheckRuns;
  side: SideCalls;
  /** What submit was held up for so far. */
  asked: readonly NonNullable<ToolResultEntry['asked']>[];
  stuckNotices: number;
  /** Answers in a row that were cut, paused or empty. */
  unfinished: number;
  traces: readonly ToolTrace[];
  /** What the model knows of files: sha256 by virtual path, the last one seen of each. */
  seen: ReadonlyMap<string, string>;
  snapshotTurn: number;
  mutatedSinceSnapshot: boolean;
  /** The last valid submission, accepted or shown back with the diff. */
  offered: ToolResultEntry['submission'];
  accepted: ToolResultEntry['submission'];
  outcome: OutcomeEntry | undefined;
  /** The events that the last entry made. */
  events: readonly ThreadEvent[];
  /** Notices that are shown after the open turn. */
  noticeEvents: readonly ThreadEvent[];
}>;

/** A run before its first entry. */
export const emptyRun: RunState = {
  seq: 0,
  header: undefined,
  messages: [],
  texts: [],
  intent: undefined,
  open: undefined,
  turns: 0,
  usage: noUsage,
  cost_micro_usd: 0,
  lostTokens: 0,
  failures: [],
  counted: { tokens: 0, messages: 0 },
  sentTtl: '5m',
  lastMessageId: undefined,
  compactedTurn: undefined,
  work: emptyWorkLog,
  instructed: new Set(),
  notSavedTurn: undefined,
  wrappedUp: false,
  submitNow: undefined,
  nudged: false,
  diffShown: false,
  checks: noRuns,
  side: noSideCalls,
  asked: [],
  stuckNotices: 0,
  unfinished: 0,
  traces: [],
  seen: new Map(),
  snapshotTurn: 0,
  mutatedSinceSnapshot: false,
  offered: undefined,
  accepted: undefined,
  outcome: undefined,
  events: [],
  noticeEvents: [],
};

/** The conversation as the next request sends it. */
export function messagesToSend(state: RunState): readonly ModelMessage[] {
  const content = pendingContent(state);
  return content.length === 0 ? state.messages : [...state.messages, { role: 'user', content }];
}

/** True when the last request did not fit into the context of the model, or its answer did not. */
export function isExceeded(state: RunState): boolean {
  if (state.failures.at(-1)?.error === 'context_exceeded') return true;
  return state.open?.response.stop_reason === contextFull;
}
