import type { Job } from '../core/job.ts';
import { type DispatchDeps, dispatchJob } from './dispatch.ts';
import { waitsForModel, waitsForSlot } from './waiting.ts';

const scanned = 500;

/** Gives free slots to waiting jobs until none is free or none waits. Throws TransientError as dispatching does. */
export async function wake(deps: DispatchDeps): Promise<void> {
  const [queued, active, pause] = await Promise.all([
    deps.jobs.queued(scanned),
    deps.jobs.active(scanned),
    deps.pauses.read(),
  ]);
  const now = deps.now();
  let waiting = queued.filter(
    (job) =>
      (job.not_before ?? 0) <= now ||
      waitsForSlot(job) ||
      (pause === undefined && waitsForModel(job)),
  );
  const running = countBy(active, (job) => job.installation_id);
  for (let job = nextJob(waiting, running); job; job = nextJob(waiting, running)) {
    const { id, installation_id } = job;
    const result = await dispatchJob(deps, id, { slotFreed: true });
    if (result === 'started') running.set(installation_id, (running.get(installation_id) ?? 0) + 1);
    waiting = waiting.filter((other) => other.id !== id);
    // No other one can start; those that waited for the model account are told what they wait for now.
    if (result === 'full_global') waiting = waiting.filter(waitsForModel);
  }
  await placeAll(deps, running);
}

/** Places further back are all told as one more than this: a long queue is not rewritten with every job that ends. */
const lastPlace = 5;

/** Tells jobs that wait for a slot how many come before them. */
async function placeAll(deps: DispatchDeps, running: ReadonlyMap<number, number>): Promise<void> {
  const waiting = (await deps.jobs.queued(scanned)).filter(waitsForSlot);
  for (const [index, job] of queueOrder(waiting, running).entries()) {
    const position = Math.min(index, lastPlace) + 1;
    if (job.queue_position === position) continue;
    await deps.jobs.place(job, position);
    await deps.notify.report(job.request_id, 'later');
  }
}

/** The waiting jobs in the order in which they would start, were places to become free now. Pure. */
export function queueOrder(
  waiting: readonly Job[],
  running: ReadonlyMap<number, number>,
): readonly Job[] {
  const load = new Map(running);
  const order: Job[] = [];
  let left = waiting;
  for (let job = nextJob(left, load); job; job = nextJob(left, load)) {
    const { id, installation_id } = job;
    order.push(job);
    load.set(installation_id, (load.get(installation_id) ?? 0) + 1);
    left = left.filter((other) => other.id !== id);
  }
  return order;
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
