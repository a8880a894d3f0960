import type { JournalEntry } from '../../core/journal.ts';
import type { ThreadEvent } from '../../core/thread.ts';
import { activeMs } from './active-ms.ts';
import { applyEntry } from './apply-entry.ts';
import type { Journal, Money } from './journal.ts';
import { redactEvent } from '../../core/redact-event.ts';
import { emptyRun, type RunState } from './run-state.ts';

type Stamp = 'seq' | 'at' | 'attempt';
type WithoutStamp<Entry> = Entry extends JournalEntry ? Omit<Entry, Stamp> : never;

/** An entry before it gets its number and time. */
export type NewEntry = WithoutStamp<JournalEntry>;

/**
 * The only way to change the run.
 * Contract: the state moves only after the journal holds the entry, and by the same fold that a restart uses.
 */
export type Recorder = Readonly<{
  state: () => RunState;
  /** Every event so far, redacted. */
  events: () => readonly ThreadEvent[];
  replay: () => Promise<void>;
  /** How long the run has been worked on, in ms: the time between attempts does not count. */
  elapsed: () => number;
  record: (entry: NewEntry, money?: Money) => Promise<void>;
}>;

type Deps = Readonly<{
  journal: Journal;
  redact: (text: string) => string;
  onEvent: (event: ThreadEvent) => void;
  now: () => number;
}>;

/** A recorder for one attempt. */
export function createRecorder(deps: Deps, attempt: number): Recorder {
  let state = emptyRun;
  let earlier = 0;
  const began = deps.now();
  const events: ThreadEvent[] = [];

  const apply = (entry: JournalEntry) => {
    state = applyEntry(state, entry);
    for (const event of state.events) {
      const shown = redactEvent(event, deps.redact);
      events.push(shown);
      deps.onEvent(shown);
    }
  };

  return {
    state: () => state,
    events: () => events,
    replay: async () => {
      const entries = await deps.journal.read();
      for (const entry of entries) apply(entry);
      earlier = activeMs(entries);
    },
    elapsed: () => earlier + deps.now() - began,
    record: async (entry, money) => {
      const stamped = { ...entry, seq: state.seq + 1, at: deps.now(), attempt };
      await deps.journal.append(stamped, money);
      apply(stamped);
    },
  };
}
