import { aboutJob } from '../core/about.ts';
import { dueItems, type DueItem, putOffDue } from '../core/store/due.ts';
import type { Table } from '../core/store/table.ts';
import { type RecoverDeps, recoverJob, taskFacts } from './recover-job.ts';

type Deps = RecoverDeps & Readonly<{ table: Table }>;
type DueReport = Extract<DueItem, { type: 'report' }>;

/** What one sweep did, as counts. */
export type Swept = Readonly<{ jobs: number; reports: number; full: boolean }>;

const limit = 100;

/**
 * Looks at everything that is due: jobs whose message or worker may be lost, comments that are behind. One run handles
 * at most 100 things, the oldest first, and stops after the one in hand when the signal says so; `full` says that there
 * may be more. Safe to run twice at once.
 */
export async function sweep(deps: Deps, signal?: AbortSignal): Promise<Swept> {
  const { items: due, unreadable } = await dueItems(deps.table, { now: deps.now(), limit });
  let jobs = 0;
  let reports = 0;
  let left = due.length;
  for (const item of due) {
    if (signal?.aborted) break;
    left -= 1;
    try {
      if (item.type === 'report') {
        if (await sweepReport(deps, item)) reports += 1;
      } else if (await sweepJob(deps, item.id)) jobs += 1;
    } catch (error) {
      // One thing that fails must not keep the rest from being looked at; it is due again later.
      const about = item.type === 'job' ? aboutJob(item.id) : { request: item.request_id };
      deps.log.error({ ...about, err: error, due: item.type }, 'Sweeping one thing failed');
    }
  }
  if (jobs > 0) await deps.notify.wake();
  if (unreadable > 0) deps.log.error({ unreadable, page: true }, 'Due items cannot be read');
  const [oldest] = await deps.jobs.queued(1);
  const oldest_ms = oldest ? Math.max(0, deps.now() - oldest.created_at) : 0;
  deps.log.info({ due: due.length, left, jobs, reports, oldest_ms }, 'Swept');
  return { jobs, reports, full: left > 0 || due.length + unreadable === limit };
}

/** While somebody writes it, its message comes when that one's lease ends: at once it would find the lease taken. */
async function sweepReport(deps: Deps, item: DueReport): Promise<boolean> {
  const held = Math.max(0, (item.lease_until ?? 0) - deps.now());
  if (!(await putOffDue(deps.table, item, onItsWay(deps) + held))) return false;
  await deps.notify.report(item.request_id, held);
  return true;
}

const unknown = { task: 'unknown' } as const;

async function sweepJob(deps: Deps, id: string): Promise<boolean> {
  const job = await deps.jobs.get(id);
  if (!job || (job.due_at ?? Number.POSITIVE_INFINITY) > deps.now()) return false;
  if (job.state !== 'queued')
    return (await recoverJob(deps, job, await taskFacts(deps, job))) !== 'none';
  if (!(await putOffDue(deps.table, job, onItsWay(deps)))) return false;
  return (await recoverJob(deps, job, unknown)) !== 'none';
}

/** Until when a message that is sent now has surely been handled, or was lost. */
function onItsWay({ now, times }: Deps): number {
  return now() + times.CODY_LEASE_MS;
}
