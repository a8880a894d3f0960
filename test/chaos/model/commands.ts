import fc from 'fast-check';
import type { Message } from './memory-queue.ts';
import type { Process, Verdict } from './process.ts';
import { jobsIn } from './reference.ts';
import { installations, type Task, type World } from './world.ts';

/** Counts what was done, so that a run can say how much it tried. */
export type Tally = { commands: number };

/** What happens next: one thing that the world outside, a queue, a clock or a fault may do at any time. */
export type Happening = Readonly<{ name: string; run: (world: World) => Promise<void> }>;

/** The happening as fast-check knows commands: each may come at any time, and finds nothing to do at worst. */
export function asCommand({ name, run }: Happening): fc.AsyncCommand<Tally, World> {
  return {
    check: () => true,
    async run(tally, world) {
      tally.commands += 1;
      if (world.reference.violations.length === 0) await run(world);
    },
    toString: () => name,
  };
}

const pick = fc.nat({ max: 31 });
/** How far a handler gets before something else happens: mostly to its end. */
const steps = fc.oneof(
  { weight: 3, arbitrary: fc.constant(1_000) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 6 }) },
);
const repositories = fc.uniqueArray(fc.integer({ min: 1, max: installations * 2 }), {
  minLength: 1,
  maxLength: 3,
});

const nth = <T>(list: readonly T[], index: number): T | undefined => list[index % list.length];
const standing = (world: World) =>
  world.processes.filter(({ state, parked }) => state === 'runs' && parked.length > 0);
const working = (world: World) => world.tasks.filter(({ process }) => process?.state === 'runs');
const ofState = (world: World, status: Task['status']) =>
  world.tasks.filter((task) => task.status === status);

async function deliver(world: World, which: 'ingest' | 'jobs' | 'dead', at: number, count: number) {
  const queue = which === 'jobs' ? world.jobsQueue : world.ingest;
  const dead = [...world.ingest.dead, ...world.jobsQueue.dead];
  const message = nth<Message>(which === 'dead' ? dead : queue.visible(), at);
  if (message) await world.deliver(which, message, count);
}

async function fault(world: World, at: number, verdict: Verdict) {
  // Every second one meets a worker, whose way is the longest.
  const workers = standing(world).filter(({ name }) => name.startsWith('worker'));
  const from = at % 2 === 0 && workers.length > 0 ? workers : standing(world);
  const process = nth<Process>(from, at >> 1);
  if (process) await world.step(process, 1, verdict);
}

/** What would happen by itself, one thing after the other, each only for some effects. */
async function flow(world: World, things: number, salt: number): Promise<void> {
  for (let thing = 0; thing < things; thing += 1) {
    const count = 1 + ((salt + thing * 5) % 9);
    const choices = [
      ...standing(world).map((process) => () => world.step(process, count)),
      ...ofState(world, 'pending').map((task) => () => world.startTask(task, count)),
      ...(['ingest', 'jobs'] as const).map((which) => () => deliver(world, which, salt, 1_000)),
    ];
    await nth(choices, salt + thing * 7)?.();
  }
}

/** Every worker dies after so many effects, again and again. */
async function doom(world: World, effects: number): Promise<void> {
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

const verdict = fc.constantFrom<Verdict>('lost', 'lost', 'refused', 'dies_before', 'dies_after');

/** A handler or worker meets trouble after so many effects, and goes on if it can. */
async function trip(
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
  else await deliver(world, at % 5 === 0 ? 'jobs' : 'ingest', at, after % 7);
  const begun = world.processes.find((one) => !known.has(one));
  if (!begun) return;
  await world.step(begun, 1, how);
  await world.step(begun, 1_000);
}

/**
 * A worker is held up, or its task ends, until another attempt has come some way; then it goes on, or ECS tells of the
 * end of its task at last.
 */
async function overtake(
  world: World,
  { at, after, further }: Readonly<{ at: number; after: number; further: number }>,
): Promise<void> {
  const task = nth(ofState(world, 'pending'), at);
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
  const isNew = (one: Task) => one.spec.jobId === jobId && one !== task && !one.process;
  for (let turn = 0; turn < 8 && !world.tasks.some(isNew); turn += 1) {
    await deliver(world, 'jobs', turn, 1_000);
    await deliver(world, 'ingest', turn, 1_000);
  }
  for (const next of world.tasks.filter(isNew)) await world.startTask(next, further);
  if (dies) return void (await world.settle(task, 1_000));
  task.process.frozen = false;
  if (at % 2 === 0) await world.tick(9_000);
  await world.step(task.process, 1_000);
}

const two = fc.tuple(pick, steps);

/** All that may happen, by how often it should. */
const happenings: readonly Readonly<{ weight: number; arbitrary: fc.Arbitrary<Happening> }>[] = [
  {
    weight: 4,
    arbitrary: fc.tuple(pick, repositories).map(([who, where]) => ({
      name: `request ${who} in ${where.join()}`,
      run: async (world) => world.sendOrder(world.order(who, where)),
    })),
  },
  {
    weight: 14,
    arbitrary: fc
      .tuple(fc.integer({ min: 2, max: 12 }), fc.nat({ max: 60 }))
      .map(([things, salt]) => ({
        name: `flow ${things} ${salt}`,
        run: (world) => flow(world, things, salt),
      })),
  },
  {
    weight: 1,
    arbitrary: pick.map((at) => ({
      name: `redeliver ${at}`,
      run: async (world) => {
        const order = nth(world.orders, at);
        if (order) world.sendOrder(order);
      },
    })),
  },
  ...(['ingest', 'jobs', 'dead'] as const).map((which) => ({
    weight: { ingest: 9, jobs: 5, dead: 1 }[which],
    arbitrary: two.map(([at, count]) => ({
      name: `deliver ${which} ${at} ${count}`,
      run: (world: World) => deliver(world, which, at, count),
    })),
  })),
  {
    weight: 1,
    arbitrary: fc.tuple(pick, fc.boolean()).map(([at, twice]) => ({
      name: `${twice ? 'duplicate' : 'drop'} ${at}`,
      run: async (world) => {
        const queue = at % 2 === 0 ? world.ingest : world.jobsQueue;
        const message = nth(queue.messages, at);
        if (!message) return;
        if (twice) queue.messages.push({ ...message, id: `${message.id}+` });
        // Commands come with at-least-once delivery; all other messages are hints.
        else if (!message.body.includes('"order"'))
          queue.messages.splice(queue.messages.indexOf(message), 1);
      },
    })),
  },
  {
    weight: 6,
    arbitrary: two.map(([at, count]) => ({
      name: `start task ${at} ${count}`,
      run: async (world) => {
        const task = nth(ofState(world, 'pending'), at);
        if (task) await world.startTask(task, count);
      },
    })),
  },
  {
    weight: 8,
    arbitrary: two.map(([at, count]) => ({
      name: `go on ${at} ${count}`,
      run: async (world) => {
        const process = nth(standing(world), at);
        if (process) await world.step(process, count);
      },
    })),
  },
  ...(['lost', 'refused', 'dies_before', 'dies_after'] as const).map((verdict) => ({
    weight: verdict === 'lost' ? 3 : 1,
    arbitrary: pick.map((at) => ({
      name: `${verdict} ${at}`,
      run: (world: World) => fault(world, at, verdict),
    })),
  })),
  {
    weight: 5,
    arbitrary: fc.constantFrom(1_000, 12_000, 45_000, 100_000, 320_000).map((ms) => ({
      name: `tick ${ms}`,
      run: (world) => world.tick(ms),
    })),
  },
  {
    weight: 3,
    arbitrary: steps.map((count) => ({
      name: `sweep ${count}`,
      run: async (world) => void (await world.sweep(count)),
    })),
  },
  {
    weight: 2,
    arbitrary: two.map(([at, count]) => ({
      name: `settle ${at} ${count}`,
      run: async (world) => {
        const task = nth(ofState(world, 'stopped'), at);
        if (task) await world.settle(task, count);
      },
    })),
  },
  {
    weight: 1,
    arbitrary: two.map(([at, count]) => ({
      name: `cancel ${at} ${count}`,
      run: async (world) => {
        const order = nth(world.orders, at);
        if (order) await world.cancel(order.request_id, count);
      },
    })),
  },
  {
    weight: 2,
    arbitrary: pick.map((at) => ({
      name: `freeze ${at}`,
      run: async (world) => {
        const task = nth(working(world), at);
        if (!task?.process) return;
        task.process.frozen = true;
        task.wasFrozen = true;
        task.hangs = at % 4 === 0;
      },
    })),
  },
  {
    weight: 2,
    arbitrary: two.map(([at, count]) => ({
      name: `thaw ${at} ${count}`,
      run: async (world) => {
        const task = nth(
          working(world).filter(({ process, hangs }) => process?.frozen && !hangs),
          at,
        );
        if (!task?.process) return;
        task.process.frozen = false;
        await world.step(task.process, count);
      },
    })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(pick, fc.constantFrom('SIGTERM', 'ended', 'spot', 'memory'))
      .map(([at, how]) => ({
        name: `${how} ${at}`,
        run: async (world) => {
          const task = nth(working(world), at);
          if (!task?.process) return;
          if (how === 'SIGTERM') return task.lease?.shutdown();
          world.kill(task.process);
          task.status = 'stopped';
          if (how === 'spot') task.stopped = { stopCode: 'SpotInterruption', containers: [] };
          if (how === 'memory')
            task.stopped = { stoppedReason: 'OutOfMemoryError', containers: [] };
        },
      })),
  },
  {
    weight: 9,
    arbitrary: fc
      .tuple(pick, fc.nat({ max: 34 }), verdict, fc.boolean())
      .map(([at, after, how, worker]) => ({
        name: `${how} ${worker ? 'worker' : 'message'} ${at} after ${after}`,
        run: (world) => trip(world, { at, after, how, worker }),
      })),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(pick, fc.nat({ max: 34 }), fc.nat({ max: 34 }))
      .map(([at, after, further]) => ({
        name: `overtake ${at} after ${after} at ${further}`,
        run: (world) => overtake(world, { at, after, further }),
      })),
  },
  {
    weight: 1,
    arbitrary: two.map(([at, count]) => ({
      name: `doom ${at} ${count}`,
      run: (world) => doom(world, (at + count) % 30),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('started', 'started', 'started', 'busy', 'failed').map((what) => ({
      name: `launches are ${what}`,
      run: async (world) => world.setLaunches(what),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 4 })).map(([lags, count]) => ({
      name: `${lags ? 'index lags' : 'conflicts'} ${count}`,
      run: async (world) => (lags ? world.table.lag(count) : world.table.conflict(1)),
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: installations }), steps)
      .map(([which, count]) => ({
        name: `pace ${which} ${count}`,
        run: async (world) => void (await world.paced(which, count)),
      })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(pick, steps).map(([who, count]) => ({
      name: `press ${who} ${count}`,
      run: async (world) => void (await world.press(who % 3, count)),
    })),
  },
];

export const anyHappening: fc.Arbitrary<fc.AsyncCommand<Tally, World>> = fc
  .oneof(...happenings)
  .map(asCommand);

/** True when no job is left to do and nothing is under way. */
export function isQuiet(world: World): boolean {
  const open = jobsIn(world.table.items()).some((job) => job['ended_at'] === undefined);
  const messages = world.ingest.messages.length + world.jobsQueue.messages.length;
  const dead = world.ingest.dead.length + world.jobsQueue.dead.length;
  return !open && messages === 0 && dead === 0 && standing(world).every(({ frozen }) => frozen);
}
