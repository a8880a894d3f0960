import * as fc from 'fast-check';
import { cancelWorker, doom, endLate, overtake, trip, tripReport, twice } from './dances.ts';
import { deliver, fault, flow, nth, ofState, standing, working } from './picks.ts';
import type { Verdict } from './process.ts';
import { jobsIn } from './reference.ts';
import { repositories } from './setting.ts';
import type { World } from './world.ts';

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
const targets = fc.uniqueArray(fc.integer({ min: 1, max: repositories }), {
  minLength: 1,
  maxLength: 3,
});

const two = fc.tuple(pick, steps);
const verdict = fc.constantFrom<Verdict>('lost', 'lost', 'refused', 'dies_before', 'dies_after');
const depth = fc.nat({ max: 34 });

/** All that may happen, by how often it should. */
const happenings: readonly Readonly<{ weight: number; arbitrary: fc.Arbitrary<Happening> }>[] = [
  {
    weight: 4,
    arbitrary: fc.tuple(pick, targets).map(([who, where]) => ({
      name: `request ${who} in ${where.join()}`,
      run: async (world) => void world.sendOrder(world.order(who, where)),
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
      run: (world: World) => deliver(world, which, { at, count }),
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
    weight: 3,
    arbitrary: fc.tuple(pick, verdict).map(([at, how]) => ({
      name: `${how} comment ${at}`,
      run: (world) => tripReport(world, { at, how }),
    })),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(pick, depth).map(([at, after]) => ({
      name: `cancel worker ${at} after ${after}`,
      run: (world) => cancelWorker(world, { at, after }),
    })),
  },
  {
    weight: 5,
    // It books the call with its first effect, or has to put its entry into the bucket before.
    arbitrary: fc
      .tuple(pick, fc.nat({ max: 2 }), fc.oneof(fc.integer({ min: 1, max: 2 }), depth))
      .map(([at, after, further]) => ({
        name: `end late ${at} after ${after} at ${further}`,
        run: (world) => endLate(world, { at, after, further }),
      })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('cancel', 'pace', 'press', 'sweep', 'order'), pick, fc.nat({ max: 3 }))
      .map(([what, at, effects]) => ({
        name: `${what} twice ${at} ${effects}`,
        run: (world) => twice(world, { what, at, effects }),
      })),
  },
  {
    weight: 4,
    arbitrary: fc
      // Its successor is often just behind its claim, where the journal says nothing of it yet.
      .tuple(pick, depth, fc.oneof(fc.integer({ min: 1, max: 2 }), depth))
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
    arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), steps).map(([which, count]) => ({
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
