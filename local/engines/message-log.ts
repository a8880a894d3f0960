import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

/** A message that was accepted and not yet deleted. Times in ms since 1970. */
export type LoggedMessage = z.infer<typeof LoggedMessage>;
const LoggedMessage = z.object({
  id: z.number(),
  /** The queue in which the message was seen last. */
  queue: z.string(),
  /** The SendMessage input as JSON, without the queue's address. */
  input: z.string(),
  visibleAt: z.number(),
  /** How often it was handed out, over all runs. */
  receives: z.number(),
});

/** What to log of a message; `visibleAt` is when its delay ends. */
export type NewMessage = Pick<LoggedMessage, 'queue' | 'input' | 'visibleAt'>;

/**
 * The messages of durable queues, on disk.
 * Contract: each call is one transaction that is synced to disk before it returns.
 */
export type MessageLog = Readonly<{
  append: (messages: readonly NewMessage[]) => number[];
  /** Notes that the messages were handed out by this queue (a dead-letter queue may have taken them over). */
  received: (ids: readonly number[], queue: string) => void;
  remove: (ids: readonly number[]) => void;
  removeQueue: (queue: string) => void;
  /** The messages of a queue, oldest first. */
  pending: (queue: string) => LoggedMessage[];
  close: () => void;
}>;

/** SQS keeps no message longer than 14 days (SQS developer guide, message retention). */
const retentionMs = 14 * 24 * 60 * 60_000;

/** Opens (or makes) the log in `file` and drops what is older than SQS would keep. Throws when it can't be opened. */
export function openMessageLog(file: string, now: () => number = Date.now): MessageLog {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS message (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      queue TEXT NOT NULL,
      input TEXT NOT NULL,
      sent_at INTEGER NOT NULL,
      visible_at INTEGER NOT NULL,
      receives INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX IF NOT EXISTS message_by_queue ON message (queue, id);
  `);
  database.prepare('DELETE FROM message WHERE sent_at < ?').run(now() - retentionMs);

  const insert = database.prepare(
    'INSERT INTO message (queue, input, sent_at, visible_at) VALUES (?, ?, ?, ?)',
  );
  const count = database.prepare(
    'UPDATE message SET queue = ?, receives = receives + 1 WHERE id = ?',
  );
  const remove = database.prepare('DELETE FROM message WHERE id = ?');
  const removeQueue = database.prepare('DELETE FROM message WHERE queue = ?');
  const select = database.prepare(
    'SELECT id, queue, input, visible_at AS visibleAt, receives FROM message WHERE queue = ? ORDER BY id',
  );
  const together = <T>(work: () => T): T => inTransaction(database, work);

  return {
    append: (messages) =>
      together(() =>
        messages.map(({ queue, input, visibleAt }) =>
          Number(insert.run(queue, input, now(), visibleAt).lastInsertRowid),
        ),
      ),
    received: (ids, queue) => together(() => ids.forEach((id) => count.run(queue, id))),
    remove: (ids) => together(() => ids.forEach((id) => remove.run(id))),
    removeQueue: (queue) => void removeQueue.run(queue),
    pending: (queue) => z.array(LoggedMessage).parse(select.all(queue)),
    close: () => database.close(),
  };
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
