import type { Job } from '../core/job.ts';
import { type DispatchDeps, dispatchJob } from './dispatch.ts';
import { waitsForSlot } from './waiting.ts';

const scanned = 500;

/** Gives free slots to waiting jobs until none is free or none waits. Throws TransientError as dispatching does. */
export async function wake(deps: DispatchDeps): Promise<void> {
  const [queued, active] = await Promise.all([
    deps.jobs.queued(scanned),
    deps.jobs.active(scanned),
  ]);
  const now = deps.now();
  let waiting = queued.filter((job) => waitsForSlot(job) || (job.not_before ?? 0) <= now);
  const running = countBy(active, (job) => job.installation_id);
  for (let job = nextJob(waiting, running); job; job = nextJob(waiting, running)) {
    const { id, installation_id } = job;
    const result = await dispatchJob(deps, id, { slotFreed: true });
    if (result === 'full_global') return;
    if (result === 'started') running.set(installation_id, (running.get(installation_id) ?? 0) + 1);
    waiting = waiting.filter((other) => other.id !== id);
  }
}

/** The oldest waiting job of the installation with the fewest running; of equals the one that waits longest. */
export function nextJob(
  waiting: readonly Job[],
  running: ReadonlyMap<number, number>,
): Job | undefined {
  const load = (job: Job) => running.get(job.installation_id) ?? 0;
  return waiting.toSorted((a, b) => load(a) - load(b) || a.created_at - b.created_at)[0];
}

function countBy(jobs: readonly Job[], key: (job: Job) => number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const job of jobs) counts.set(key(job), (counts.get(key(job)) ?? 0) + 1);
  return counts;
}
