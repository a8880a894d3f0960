import type { Bucket } from '../../../core/bucket.ts';
import type { Job } from '../../../core/job.ts';
import {
  continueThread,
  emptyLiveThread,
  type LiveThread,
  liveEvents,
} from '../../../core/live-thread.ts';
import { readCommandLog } from '../../../core/store/command-log.ts';
import { readJournal } from '../../../core/store/journal-store.ts';
import { redactEvent } from '../../../core/redact-event.ts';
import type { Table } from '../../../core/store/table.ts';
import type { ThreadEvent } from '../../../core/thread.ts';

/** What set-up, agent and verification of a job have said and done so far, redacted. Throws TransientError when a store does not answer. */
export type ReadLiveThread = (job: Job) => Promise<readonly ThreadEvent[]>;

type Deps = Readonly<{ table: Table; bucket: Bucket; redact: (text: string) => string }>;

/** Journals that are followed at once, and entries that are read together. */
const most = 20;
const part = 200;

/** Creates a reader that remembers where it stopped: a journal only grows, so that each entry is read once. */
export function createReadLiveThread(deps: Deps): ReadLiveThread {
  const known = new Map<string, Promise<LiveThread>>();
  return async (job) => {
    const { id } = job;
    const commands = readCommandLog(deps.table, job);
    const before = known.get(id) ?? Promise.resolve(emptyLiveThread);
    const reading = before.then((thread) => readOn(deps, id, thread));
    known.delete(id);
    known.set(id, reading);
    reading.catch(() => known.delete(id));
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    const [{ setup, verification }, thread] = await Promise.all([commands, reading]);
    const told = (events: readonly ThreadEvent[]) =>
      events.map((event) => redactEvent(event, deps.redact));
    return [...told(setup), ...liveEvents(thread, deps.redact), ...told(verification)];
  };
}

async function readOn(deps: Deps, id: string, thread: LiveThread): Promise<LiveThread> {
  let so = thread;
  for (;;) {
    const entries = await readJournal(deps, id, { after: so.seq, limit: part });
    so = continueThread(so, entries, deps.redact);
    if (entries.length < part) return so;
  }
}
