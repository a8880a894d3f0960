import { z } from 'zod';
import { ConditionFailed } from '../errors.ts';
import { RepositoryRef } from '../request.ts';
import { type OnUnreadable, readDueItems } from './read-due.ts';
import type { Table } from './table.ts';
import type { Clause } from './table-action.ts';
import { keys, scheduleBuckets } from './table-schema.ts';

/** A schedule as it stood when its file was read last. Times are Unix ms. */
export const ScheduleEntry = z.object({
  name: z.string(),
  cron: z.string(),
  timezone: z.string().optional(),
  due_at: z.number().int(),
  /** The time that is being started. Noted first, so that a crash in between does not start it as another one. */
  begun_at: z.number().int().optional(),
  /** The request of its latest run. */
  request_id: z.string().optional(),
  /** Why its latest time made no run, for people. */
  note: z.string().optional(),
  /** True when its time came while too many others ran: it is not late by its own fault. */
  waiting: z.boolean().optional(),
  /** True when it stands in the file no more; kept, so that its pull request is remembered should it come back. */
  off: z.boolean().optional(),
});
export type ScheduleEntry = z.infer<typeof ScheduleEntry>;

/** The schedules of one repository. */
export const ScheduleBook = z.object({
  type: z.literal('schedule_book'),
  installation_id: z.number().int(),
  repository: RepositoryRef,
  entries: z.array(ScheduleEntry).readonly(),
  /** When the sweep looks at it; absent when nothing in it runs. */
  due_at: z.number().int().optional(),
  version: z.number().int(),
});
export type ScheduleBook = z.infer<typeof ScheduleBook>;

/** The search for schedules in an installation's repositories, page by page. */
export const ScheduleRound = z.object({
  type: z.literal('schedule_round'),
  installation_id: z.number().int(),
  page: z.number().int(),
  started_at: z.number().int(),
  /** Only repositories that were pushed to since then are read; all when absent. */
  since: z.number().int().optional(),
  /** When a round that reads all was begun. */
  full_at: z.number().int().optional(),
  due_at: z.number().int(),
  version: z.number().int(),
});
export type ScheduleRound = z.infer<typeof ScheduleRound>;

/**
 * Schedules in the table.
 *
 * Contract: `save…` writes only over the version that it was read with, or where nothing stood for version 0; false
 * when somebody else was first.
 */
export type ScheduleStore = Readonly<{
  book: (repositoryId: number) => Promise<ScheduleBook | undefined>;
  saveBook: (book: ScheduleBook) => Promise<boolean>;
  removeBook: (book: ScheduleBook) => Promise<void>;
  round: (installationId: number) => Promise<ScheduleRound | undefined>;
  saveRound: (round: ScheduleRound) => Promise<boolean>;
  removeRound: (round: ScheduleRound) => Promise<void>;
  /** What is due by now, the oldest first. */
  dueBooks: (limit: number) => Promise<readonly ScheduleBook[]>;
  dueRounds: (limit: number) => Promise<readonly ScheduleRound[]>;
  /** True for one caller in each period: the one who looks for installations. */
  claimRounds: (everyMs: number) => Promise<boolean>;
}>;

type Deps = Readonly<{ table: Table; now: () => number; onUnreadable?: OnUnreadable }>;

const Claimed = z.object({ claimed_at: z.number().int() });

/** Binds the schedules to a table and a clock. */
export function createScheduleStore(deps: Deps): ScheduleStore {
  const { table, now } = deps;
  return {
    async book(repositoryId) {
      const item = await table.get(keys.scheduleBook(repositoryId));
      return item === undefined ? undefined : ScheduleBook.parse(item);
    },
    saveBook: (book) => save(table, keys.scheduleBook(book.repository.id), book),
    removeBook: (book) => remove(table, keys.scheduleBook(book.repository.id), book),
    async round(installationId) {
      const item = await table.get(keys.scheduleRound(installationId));
      return item === undefined ? undefined : ScheduleRound.parse(item);
    },
    saveRound: (round) => save(table, keys.scheduleRound(round.installation_id), round),
    removeRound: (round) => remove(table, keys.scheduleRound(round.installation_id), round),
    dueBooks: (limit) =>
      readDueItems(deps, {
        schema: ScheduleBook,
        partition: scheduleBuckets.schedule_book,
        limit,
      }),
    dueRounds: (limit) =>
      readDueItems(deps, {
        schema: ScheduleRound,
        partition: scheduleBuckets.schedule_round,
        limit,
      }),
    async claimRounds(everyMs) {
      const at = now();
      const key = keys.scheduleRounds();
      // Nothing is written where it is known that nobody may claim.
      const claimed = Claimed.safeParse(await table.get(key)).data;
      if (claimed && claimed.claimed_at > at - everyMs) return false;
      const late = { attribute: 'claimed_at', is: '<=', value: at - everyMs } as const;
      const when = [{ any: [{ attribute: 'pk', is: 'absent' }, late] }] as const;
      const item = { ...key, type: 'schedule_rounds', claimed_at: at };
      return holds(() => table.transact([{ type: 'put', item, when }]));
    },
  };
}

type Key = Readonly<{ pk: string; sk: string }>;
type Versioned = Readonly<{
  type: keyof typeof scheduleBuckets;
  version: number;
  due_at?: number | undefined;
}>;

async function save(table: Table, key: Key, value: Versioned): Promise<boolean> {
  const item = {
    ...key,
    ...value,
    version: value.version + 1,
    ...(value.due_at === undefined ? {} : { due_bucket: scheduleBuckets[value.type] }),
  };
  return holds(() => table.transact([{ type: 'put', item, when: [unchanged(value)] }]));
}

async function remove(table: Table, key: Key, value: Versioned): Promise<void> {
  await holds(() => table.transact([{ type: 'delete', key, when: [unchanged(value)] }]));
}

function unchanged({ version }: Pick<Versioned, 'version'>): Clause {
  return version === 0
    ? { attribute: 'pk', is: 'absent' }
    : { attribute: 'version', is: '=', value: version };
}

/** False when the condition did not hold. */
async function holds(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
}
