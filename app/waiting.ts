import type { StartResult } from '../core/store/job-store.ts';

type Limit = Extract<StartResult, { type: 'full' }>['limit'];

/** What a job waits for, as it stands after "waiting for" in the status comment. */
export const waitingFor = {
  slot: {
    global: 'a free worker on this server',
    installation: 'another job of this installation to end',
    repository: 'another job in this repository to end',
  } satisfies Record<Limit, string>,
  capacity: 'capacity to start a worker',
  worker: 'a new worker, because the last one was lost',
} as const;

const slots: ReadonlySet<string> = new Set(Object.values(waitingFor.slot));

/** True when the job may start as soon as another one ends, whatever its `not_before` says. */
export function waitsForSlot(job: Readonly<{ waiting_for?: string | undefined }>): boolean {
  return job.waiting_for !== undefined && slots.has(job.waiting_for);
}
