import { ConditionFailed } from '../errors.ts';
import { RequestReport } from '../request.ts';
import type { Table } from './table.ts';
import { dueBucket, keys } from './table-schema.ts';
import { heldBy, takeWriterLease } from './writer-lease.ts';

/* Who writes the comments of a request: one at a time. */

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Where a request's comments stand; undefined when there is no such request. */
export async function getReport({ table }: Deps, id: string): Promise<RequestReport | undefined> {
  const item = await table.get(keys.report(id));
  return item === undefined ? undefined : RequestReport.parse(item);
}

/** Who wants to write the comments of a request, and for how long (ms). */
export type ReportLease = Readonly<{ owner: string; leaseMs: number }>;

/** Makes the caller the one writer of the request's comments; undefined when another one is at it. */
export async function leaseReport(
  deps: Deps,
  id: string,
  lease: ReportLease,
): Promise<RequestReport | undefined> {
  const now = deps.now();
  const wanted = { owner: lease.owner, until: now + lease.leaseMs, now };
  const taken = await takeWriterLease(deps.table, keys.report(id), wanted);
  return taken ? getReport(deps, id) : undefined;
}

/** The holder keeps the lease for so long (ms) from now on. Throws ConditionFailed when it is another's. */
export async function keepReport(
  { table, now }: Deps,
  report: RequestReport,
  leaseMs: number,
): Promise<void> {
  const set = { lease_until: now() + leaseMs };
  await table.transact([
    { type: 'update', key: keys.report(report.request_id), set, when: [heldBy(report)] },
  ]);
}

/** A writer that had lost its lease may have put an older text in place: the comments are written once more. */
export async function wantAgain({ table, now }: Deps, id: string): Promise<void> {
  const set = { overwritten_at: now(), due_at: now(), due_bucket: dueBucket };
  await table.transact([
    {
      type: 'update',
      key: keys.report(id),
      add: { wanted: 1 },
      set,
      when: [{ attribute: 'pk', is: 'present' }],
    },
  ]);
}

/** Gives the lease back; what is behind stays on the sweep's list, due in `restMs`. */
export async function releaseReport(
  { table, now }: Deps,
  report: RequestReport,
  restMs = 0,
): Promise<'clean' | 'behind'> {
  const lease = { remove: ['lease_owner', 'lease_until'], key: keys.report(report.request_id) };
  try {
    await table.transact([
      {
        type: 'update',
        ...lease,
        remove: [...lease.remove, 'due_at', 'due_bucket'],
        when: [heldBy(report), { attribute: 'wanted', is: '=', value: report.rendered }],
      },
    ]);
    return 'clean';
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
  }
  try {
    await table.transact([
      {
        type: 'update',
        ...lease,
        set: { due_at: now() + restMs, due_bucket: dueBucket },
        when: [heldBy(report)],
      },
    ]);
  } catch (error) {
    // The lease ran out and belongs to another writer, who will see that more is wanted.
    if (!(error instanceof ConditionFailed)) throw error;
  }
  return 'behind';
}
