import type { JournalEntry, ResponseEntry, ToolResultEntry } from './journal.ts';
import { redactEvent } from './redact-event.ts';
import type { ThreadEvent } from './thread.ts';
import {
  cacheMissEvents,
  compactionEvent,
  noticeEvent,
  outcomeEvent,
  turnEvent,
} from './thread-events.ts';
import { type ToolCall, toolCallsOf } from './tool-call.ts';

type Open = Readonly<{
  response: ResponseEntry;
  calls: readonly ToolCall[];
  results: ReadonlyMap<string, ToolResultEntry>;
}>;

/**
 * The thread of a run that still goes on, made of its journal. Set-up and verification are not in the journal, and what
 * was asked beside the conversation is told when the thread is stored.
 */
export type LiveThread = Readonly<{
  /** The last entry that is in it; 0 for none. */
  seq: number;
  /** What can't change any more, redacted. */
  closed: readonly ThreadEvent[];
  open: Open | undefined;
  notices: readonly ThreadEvent[];
}>;

/** A run of which nothing was read yet. */
export const emptyLiveThread: LiveThread = { seq: 0, closed: [], open: undefined, notices: [] };

type Redact = (text: string) => string;

/** Returns the thread with the next entries of its journal. Pure. */
export function continueThread(
  thread: LiveThread,
  entries: readonly JournalEntry[],
  redact: Redact,
): LiveThread {
  return entries.reduce((so, entry) => ({ ...next(so, entry, redact), seq: entry.seq }), thread);
}

/** Returns what people see of it now: the turn that goes on is the last one, with the results that have come. */
export function liveEvents(thread: LiveThread, redact: Redact): readonly ThreadEvent[] {
  return [...thread.closed, ...unclosed(thread, redact)];
}

function next(thread: LiveThread, entry: JournalEntry, redact: Redact): LiveThread {
  switch (entry.type) {
    case 'response': {
      const open = {
        response: entry,
        calls: toolCallsOf(entry.message.content),
        results: new Map<string, ToolResultEntry>(),
      };
      return { ...close(thread, redact), open, notices: cacheMissEvents(entry) };
    }
    case 'tool_result':
      return withResult(thread, entry);
    case 'notice':
      return { ...thread, notices: [...thread.notices, noticeEvent(entry)] };
    case 'compaction':
      return { ...thread, notices: [...thread.notices, compactionEvent(entry)] };
    case 'outcome': {
      const { closed, ...rest } = close(thread, redact);
      return { ...rest, closed: [...closed, redactEvent(outcomeEvent(entry), redact)] };
    }
    case 'run_header':
    case 'request_intent':
    case 'call_failed':
    case 'tool_start':
    case 'workspace':
    case 'side_intent':
    case 'side_result':
      return thread;
  }
}

function withResult(thread: LiveThread, entry: ToolResultEntry): LiveThread {
  const { open } = thread;
  if (!open) return thread;
  const results = new Map([...open.results, [entry.tool_use_id, entry]]);
  return { ...thread, open: { ...open, results } };
}

function close(thread: LiveThread, redact: Redact): LiveThread {
  const closed = [...thread.closed, ...unclosed(thread, redact)];
  return { ...thread, closed, open: undefined, notices: [] };
}

function unclosed({ open, notices }: LiveThread, redact: Redact): readonly ThreadEvent[] {
  const events = [...(open ? [turnEvent(open)] : []), ...notices];
  return events.map((event) => redactEvent(event, redact));
}
