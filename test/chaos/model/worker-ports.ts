import type { Job } from '../../../core/job.ts';
import { isActive } from '../../../core/job-state.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import type { Times } from '../../../core/times.ts';
import type { Lease } from '../../../worker/lease.ts';
import { type Gates, outbox } from './gates.ts';
import type { MemoryQueue } from './memory-queue.ts';
import type { MemoryTable } from './memory-table.ts';
import type { PaidModel } from './paid-model.ts';
import type { Process } from './process.ts';
import { type createReference, jobItem } from './reference.ts';
import type { Task } from './tasks.ts';

type Deps = Readonly<{
  gates: Gates;
  table: MemoryTable;
  jobsQueue: MemoryQueue;
  reference: ReturnType<typeof createReference>;
  model: PaidModel;
  times: Times;
  now: () => number;
}>;

/** What a worker needs, for the process of one task each. */
export function createWorkerPorts({ gates, table, jobsQueue, reference, model, times, now }: Deps) {
  const { gatedTable, directTable, githubOf, bucketOf } = gates;
  /** A write to GitHub is about to be made: its fence must have been looked at now. */
  const judgeHold = ({ claim, spec }: Task, item: Record<string, unknown> | undefined) => {
    const held = item?.['fence'] === claim?.fence && isActive(item?.['state'] as Job['state']);
    const leased = Number(item?.['lease_until'] ?? 0) > now();
    if (!held || !leased)
      reference.fail(5, `a worker of ${spec.jobId} wrote to GitHub without its lease`);
  };

  const workerPorts = (task: Task, self: Process) => {
    const own = gatedTable({ self, claim: () => task.claim });
    const jobs = createJobStore({ table: own, now });
    const direct = createJobStore({ now, table: directTable(() => task.claim) });
    const item = () => jobItem(table.items(), task.spec.jobId);
    return {
      table: own,
      jobs: { ...jobs, heartbeat: direct.heartbeat },
      bucket: bucketOf(self),
      outbox: outbox(self, jobsQueue),
      github: githubOf(self, () => judgeHold(task, item())),
      model: model.of(task, self),
      request: createRequestStore({ table: own, now }).get,
      times,
      now,
      onLease(lease: Lease, beat: () => void) {
        const { id, fence, cancel_requested_by, lease_until = 0 } = lease.job();
        // The claim itself took longer than its lease lasts.
        if (lease_until <= now() + times.CODY_HEARTBEAT_MS) task.wasFrozen = true;
        task.claim = { job: id, fence };
        task.lease = lease;
        task.beat = beat;
        task.cancelSeen = cancel_requested_by !== undefined && lease.job().state === 'running';
        task.nextBeatAt = now() + times.CODY_HEARTBEAT_MS;
      },
      onDefect: (error: unknown) => reference.fail('bounded', `worker: ${String(error)}`),
    };
  };

  return workerPorts;
}
