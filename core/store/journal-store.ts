import { z } from 'zod';
import type { Bucket } from '../bucket.ts';
import { ConditionFailed, Stopped } from '../errors.ts';
import type { Job } from '../job.ts';
import { JournalEntry } from '../journal.ts';
import { Pointer } from '../pointer.ts';
import { addUsage, type Usage } from '../usage.ts';
import type { Table } from './table.ts';
import type { Clause, TableAction } from './table-action.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** Entries larger than this stand in the bucket; the table keeps a pointer. */
const inlineBytes = 8 * 1024;

const StoredEntry = z.object({
  seq: z.number().int(),
  body: z.string().optional(),
  pointer: Pointer.optional(),
});

/** What a job has used so far; money in micro-USD. */
export type Totals = Readonly<{ left: number; cost: number; usage: Usage; turns: number }>;

/** Money that moves with an entry, in micro-USD. */
export type JournalMoney =
  | Readonly<{ type: 'reserve'; micro_usd: number }>
  | Readonly<{
      type: 'settle';
      reserved_micro_usd: number;
      actual_micro_usd: number;
      usage: Usage;
      turns: number;
    }>;

type Deps = Readonly<{ table: Table; bucket: Bucket }>;

/**
 * The journal of a claimed job.
 *
 * Contract: an entry is stored once, under the job's fence, together with its money. Its holder is the only writer,
 * so that totals are kept here and written whole. Throws Stopped('lease_lost') without the fence and
 * Stopped('limit', 'budget_exhausted') when a reservation does not fit.
 */
export type JournalStore = Readonly<{
  read: () => Promise<readonly JournalEntry[]>;
  append: (entry: JournalEntry, money?: JournalMoney) => Promise<void>;
  totals: () => Totals;
}>;

/** Binds the journal to a job as it was claimed. */
export function createJournalStore({ table, bucket }: Deps, job: Job): JournalStore {
  let totals: Totals = {
    left: job.budget_left_micro_usd,
    cost: job.cost_micro_usd,
    usage: job.usage,
    turns: job.turns,
  };
  return {
    read: () => readJournal({ table, bucket }, job.id),
    totals: () => totals,
    async append(entry, money) {
      const next = money ? afterMoney(totals, money) : totals;
      if (next.left < 0 && money?.type === 'reserve') {
        throw new Stopped('limit', 'budget_exhausted', 'The budget of this job is used up.');
      }
      const item = await storedForm(bucket, job.id, entry);
      try {
        await table.transact([
          { type: 'put', item, when: [{ attribute: 'pk', is: 'absent' }] },
          money
            ? moneyUpdate(job, next)
            : { type: 'check', key: keys.job(job.id), when: held(job) },
        ]);
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
        throw new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.', {
          cause: error,
        });
      }
      totals = next;
    },
  };
}

function afterMoney(totals: Totals, money: JournalMoney): Totals {
  if (money.type === 'reserve') return { ...totals, left: totals.left - money.micro_usd };
  return {
    left: totals.left + money.reserved_micro_usd - money.actual_micro_usd,
    cost: totals.cost + money.actual_micro_usd,
    usage: addUsage(totals.usage, money.usage),
    turns: totals.turns + money.turns,
  };
}

function moneyUpdate(job: Job, totals: Totals): TableAction {
  return {
    type: 'update',
    key: keys.job(job.id),
    set: {
      budget_left_micro_usd: totals.left,
      cost_micro_usd: totals.cost,
      usage: totals.usage,
      turns: totals.turns,
    },
    when: held(job),
  };
}

function held(job: Job): readonly Clause[] {
  return [
    { attribute: 'fence', is: '=', value: job.fence },
    { attribute: 'state', is: 'in', values: ['running', 'publishing'] },
  ];
}

/** A journal is read by later attempts of its job only. */
const keptMs = 30 * 24 * 3_600_000;

async function storedForm(bucket: Bucket, jobId: string, entry: JournalEntry) {
  const body = JSON.stringify(entry);
  const large = Buffer.byteLength(body) > inlineBytes;
  return {
    ...keys.journal(jobId, entry.seq),
    type: 'journal',
    seq: entry.seq,
    ...ttlAt(entry.at + keptMs),
    ...(large ? { pointer: await bucket.put('journal', body) } : { body }),
  };
}

/** Returns the entries of a job's journal in order: those after the given one, at most `limit` of them. */
export async function readJournal(
  { table, bucket }: Deps,
  jobId: string,
  { after = 0, limit }: Readonly<{ after?: number; limit?: number }> = {},
): Promise<readonly JournalEntry[]> {
  const { pk, sk } = keys.journal(jobId, after);
  const items = await table.query({
    partition: pk,
    after: sk,
    ...(limit === undefined ? {} : { limit }),
  });
  return Promise.all(
    items.map(async (item) => {
      const stored = StoredEntry.parse(item);
      const body = stored.pointer
        ? (await bucket.get(stored.pointer)).toString('utf8')
        : stored.body;
      return JournalEntry.parse(JSON.parse(body ?? 'null'));
    }),
  );
}
