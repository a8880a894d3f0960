import { deliver, flow, nth, ofState, standing, working } from './picks.ts';
import type { Process, Verdict } from './process.ts';
import { endOf } from './gates.ts';
import { repositories } from './setting.ts';
import type { Task } from './tasks.ts';
import type { World } from './world.ts';

/* Courses of things that chance alone would seldom put together. */

/** A task whose worker has not begun; where there is none, somebody asks for one. Undefined when it has to wait. */
async function pendingTask(world: World, at: number): Promise<Task | undefined> {
  if (ofState(world, 'pending').length === 0) {
    const order = world.order(at, [1 + (at % repositories)]);
    await world.deliver('ingest', world.sendOrder(order), 1_000);
    await startMessage(world, order.request_id);
  }
  return nth(ofState(world, 'pending'), at);
}

/** Hands over the message that starts a job of this request, if there is one. */
async function startMessage(world: World, id: string): Promise<void> {
  const start = world.jobsQueue.visible().find(({ body }) => body.includes(id));
  if (start) await world.deliver('jobs', start, 1_000);
}

/** A handler or worker meets trouble after so many effects, and goes on if it can. */
export async function trip(
  world: World,
  {
    at,
    after,
    how,
    worker,
  }: Readonly<{ at: number; after: number; how: Verdict; worker: boolean }>,
): Promise<void> {
  const known = new Set(world.processes);
  const task = worker ? nth(ofState(world, 'pending'), at) : undefined;
  if (task) await world.startTask(task, after);
  else await deliver(world, at % 5 === 0 ? 'jobs' : 'ingest', { at, count: after % 7 });
  const begun = world.processes.find((one) => !known.has(one));
  if (!begun) return;
  await world.step(begun, 1, how);
  await world.step(begun, 1_000);
}

/**
 * A worker is held up, or its task ends, until another attempt has come some way; then it goes on, or ECS tells of the
 * end of its task at last.
 */
export async function overtake(
  world: World,
  { at, after, further }: Readonly<{ at: number; after: number; further: number }>,
): Promise<void> {
  const task = await pendingTask(world, at);
  if (!task) return;
  await world.startTask(task, after);
  if (!task.claim || !task.process) return;
  const { jobId } = task.spec;
  const dies = at % 3 === 0;
  if (dies) world.kill(task.process);
  task.process.frozen = true;
  task.wasFrozen = true;
  if (dies) task.status = 'stopped';
  await world.tick(100_000);
  await world.sweep(1_000);
  const isNew = (one: Task) => one.spec.jobId === jobId && one.status === 'pending';
  for (let turn = 0; turn < 8 && !world.tasks.some(isNew); turn += 1) {
    await startMessage(world, jobId);
    await deliver(world, 'ingest', { at: turn, count: 1_000 });
  }
  for (const next of world.tasks.filter(isNew)) await world.startTask(next, further);
  if (dies) return tellLate(world, task);
  task.process.frozen = false;
  if (at % 2 === 0) await world.tick(9_000);
  await world.step(task.process, 1_000);
}

/** The end of a task is told when its successor has the job. */
async function tellLate(world: World, task: Task): Promise<void> {
  const next = world.tasks.findLast(({ spec }) => spec.jobId === task.spec.jobId);
  if (next?.process) await untilClaimed(world, next, next.process);
  await world.settle(task, 1_000);
}

async function untilClaimed(world: World, task: Task, process: Process): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    if (task.claim) return;
    await world.step(process, 1);
  }
}

/** Every worker dies after so many effects, again and again. */
export async function doom(world: World, effects: number): Promise<void> {
  for (let round = 0; round < 5; round += 1) {
    await flow(world, 6, round);
    for (const task of ofState(world, 'pending')) await world.startTask(task, effects);
    for (const task of working(world)) {
      if (task.process) world.kill(task.process);
      task.status = 'stopped';
    }
    await world.tick(100_000);
    await world.sweep(1_000);
  }
}

/** Two people, or one message twice, want the same thing at the same moment. */
export async function twice(
  world: World,
  { what, at, effects }: Readonly<{ what: string; at: number; effects: number }>,
): Promise<void> {
  const order = nth(world.orders, at);
  let who = at;
  const begin = () => {
    who += 1;
    if (what === 'pace') return world.paced(1 + (at % 3), 0);
    if (what === 'press') return world.press(who % 3, 0);
    if (what === 'cancel' && order) return world.cancel(order.request_id, 0);
    if (what === 'order' && order) return world.deliver('ingest', world.sendOrder(order), 0);
    return world.sweep(0);
  };
  await atOnce(world, begin, effects);
}

/** Both begin before either goes on: the second one comes to its end first. */
async function atOnce(world: World, start: () => Promise<Process>, effects: number): Promise<void> {
  const [first, second] = [await start(), await start()];
  await world.step(first, effects);
  await world.step(second, 1_000);
  await world.step(first, 1_000);
}

/** A cancel meets a worker: before its claim, or on its way with a heartbeat after it. */
export async function cancelWorker(
  world: World,
  { at, after }: Readonly<{ at: number; after: number }>,
): Promise<void> {
  const task = await pendingTask(world, at);
  if (!task) return;
  const request = task.spec.jobId.slice(0, -2);
  const early = at % 3 === 0;
  if (early) await world.cancel(request, 1_000);
  await world.startTask(task, early ? 1_000 : after);
  if (early) return;
  await world.cancel(request, 1_000);
  await world.tick(9_000);
  if (task.process) await world.step(task.process, 1_000);
}

/** A worker whose lease ran out books a call of the model while the sweep is about to end its job. */
export async function endLate(
  world: World,
  { at, after, further }: Readonly<{ at: number; after: number; further: number }>,
): Promise<void> {
  const task = await pendingTask(world, at);
  if (!task) return;
  await world.startTask(task, 0);
  if (!task.process) return;
  for (let call = 0; call <= after; call += 1) await until(world, task.process, 'model');
  task.process.frozen = true;
  task.wasFrozen = true;
  const { jobId } = task.spec;
  await world.cancel(jobId.slice(0, -2), 1_000);
  await world.tick(100_000);
  const sweeping = await world.sweep(0);
  const isEnd = () => sweeping.parked[0]?.name === endOf(jobId);
  for (let turn = 0; turn < 100 && !isEnd(); turn += 1) await world.step(sweeping, 1);
  task.process.frozen = false;
  await world.step(task.process, further);
  await world.step(sweeping, 1_000);
}

/** Steps a process until it has done an effect of this name. */
async function until(world: World, process: Process, name: string): Promise<void> {
  for (let turn = 0; turn < 60 && process.state === 'runs'; turn += 1) {
    const found = process.parked.some((one) => one.name === name);
    await world.step(process, 1);
    if (found) return;
  }
}

/** A report is written while everything of it may go wrong once. */
export async function tripReport(
  world: World,
  { at, how }: Readonly<{ at: number; how: Verdict }>,
): Promise<void> {
  const reports = world.ingest.visible().filter(({ body }) => body.includes('"report"'));
  const message = nth(reports, at);
  if (!message) return;
  const writing = await world.deliver('ingest', message, 0);
  for (let turn = 0; turn < 30 && !isPost(writing) && standing(world).includes(writing); turn += 1)
    await world.step(writing, 1);
  await world.step(writing, 1, how);
  await world.step(writing, 1_000);
}

function isPost({ parked }: Process): boolean {
  return parked[0]?.name === 'github issues.createComment';
}
