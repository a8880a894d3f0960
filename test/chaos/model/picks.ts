import type { Message } from './memory-queue.ts';
import type { Process, Verdict } from './process.ts';
import type { Task } from './tasks.ts';
import type { World } from './world.ts';

/** One of a list, whatever the number. */
export const nth = <T>(list: readonly T[], index: number): T | undefined =>
  list[index % list.length];
/** Processes that wait for somebody to let them go on. */
export const standing = (world: World) =>
  world.processes.filter(({ state, parked }) => state === 'runs' && parked.length > 0);
/** Tasks whose worker runs. */
export const working = (world: World) =>
  world.tasks.filter(({ process }) => process?.state === 'runs');
export const ofState = (world: World, status: Task['status']) =>
  world.tasks.filter((task) => task.status === status);

/** Hands a message that is visible to its handler. */
export async function deliver(
  world: World,
  which: 'ingest' | 'jobs' | 'dead',
  { at, count }: Readonly<{ at: number; count: number }>,
) {
  const queue = which === 'jobs' ? world.jobsQueue : world.ingest;
  const dead = [...world.ingest.dead, ...world.jobsQueue.dead];
  const message = nth<Message>(which === 'dead' ? dead : queue.visible(), at);
  if (message) await world.deliver(which, message, count);
}

/** The next effect of some process goes wrong. */
export async function fault(world: World, at: number, verdict: Verdict) {
  // Every second one meets a worker, whose way is the longest.
  const workers = standing(world).filter(({ name }) => name.startsWith('worker'));
  const from = at % 2 === 0 && workers.length > 0 ? workers : standing(world);
  const process = nth<Process>(from, at >> 1);
  if (process) await world.step(process, 1, verdict);
}

/** What would happen by itself, one thing after the other, each only for some effects. */
export async function flow(world: World, things: number, salt: number): Promise<void> {
  for (let thing = 0; thing < things; thing += 1) {
    const count = 1 + ((salt + thing * 5) % 9);
    const choices = [
      ...standing(world).map((process) => () => world.step(process, count)),
      ...ofState(world, 'pending').map((task) => () => world.startTask(task, count)),
      ...(['ingest', 'jobs'] as const).map(
        (which) => () =>
          deliver(world, which, { at: salt, count: thing % 2 === 0 ? 1_000 : count }),
      ),
    ];
    await nth(choices, salt + thing * 7)?.();
  }
}
