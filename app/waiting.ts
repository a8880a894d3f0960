import type { StartResult } from '../core/store/job-queue.ts';
import { waits } from '../core/waits.ts';
import { requestOf } from '../core/store/table-schema.ts';

type Limit = Extract<StartResult, { type: 'full' }>['limit'];

/** A job that finds no capacity, or no money in the model account, ends after this long. */
export const longestWaitMs = 6 * 3_600_000;

/** What a job waits for, as it stands after "waiting for" in the status comment. */
export const waitingFor = {
  slot: {
    global: 'a free worker on this server',
    installation: 'another job of this installation to end',
    repository: 'another job in this repository to end',
  } satisfies Record<Limit, string>,
  capacity: 'capacity to start a worker',
  spendLimit: waits.spendLimit,
  worker: 'a new worker, because the last one was lost',
  memory: 'a new worker with more memory',
} as const;

const slots: ReadonlySet<string> = new Set(Object.values(waitingFor.slot));
const heldBy = /^request [0-9a-z]{10} in this repository to end$/;

/** What a job waits for whose place is full; `holders` are the ids of the jobs in the repository. */
export function waitsFor(limit: Limit, holders: readonly string[]): string {
  const [holder] = holders;
  if (limit !== 'repository' || holder === undefined) return waitingFor.slot[limit];
  return `request ${requestOf(holder)} in this repository to end`;
}

/** True when the job may start as soon as another one ends, whatever its `not_before` says. */
export function waitsForSlot(job: Readonly<{ waiting_for?: string | undefined }>): boolean {
  const { waiting_for: reason } = job;
  return reason !== undefined && (slots.has(reason) || heldBy.test(reason));
}

/** True when the job may start as soon as the model account works again, whatever its `not_before` says. */
export function waitsForModel(job: Readonly<{ waiting_for?: string | undefined }>): boolean {
  return job.waiting_for === waitingFor.spendLimit;
}
