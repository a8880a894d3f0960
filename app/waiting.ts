import type { StartResult } from '../core/store/job-store.ts';

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
  spendLimit: 'the spend limit of the model account',
  worker: 'a new worker, because the last one was lost',
} as const;

const slots: ReadonlySet<string> = new Set(Object.values(waitingFor.slot));

/** True when the job may start as soon as another one ends, whatever its `not_before` says. */
export function waitsForSlot(job: Readonly<{ waiting_for?: string | undefined }>): boolean {
  return job.waiting_for !== undefined && slots.has(job.waiting_for);
}

/** True when the job may start as soon as the model account works again, whatever its `not_before` says. */
export function waitsForModel(job: Readonly<{ waiting_for?: string | undefined }>): boolean {
  return job.waiting_for === waitingFor.spendLimit;
}
