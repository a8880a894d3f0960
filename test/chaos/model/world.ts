import { setImmediate as drained } from 'node:timers/promises';
import { cancelJob } from '../../../app/accept/cancel.ts';
import type { Order } from '../../../app/accept/order.ts';
import { settle } from '../../../app/settle.ts';
import { sweep } from '../../../app/sweep.ts';
import { TransientError } from '../../../core/errors.ts';
import type { Job } from '../../../core/job.ts';
import { isActive } from '../../../core/job-state.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createPacingStore } from '../../../core/store/pacing.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import { Times } from '../../../core/times.ts';
import { createAppPorts } from './app-ports.ts';
import { createFakeGithub } from './fake-github.ts';
import { createGates, type Hand } from './gates.ts';
import { judgePace } from './judge-pace.ts';
import type { Objects } from './memory-bucket.ts';
import {
  createMemoryQueue,
  maxReceives,
  type Message,
  recordOf,
  visibilityMs,
} from './memory-queue.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import { modelWorker } from './model-worker.ts';
import { orderOf } from './order-of.ts';
import { createPaidModel } from './paid-model.ts';
import { kill, type Process, startProcess, step, type Verdict } from './process.ts';
import { createReference, jobItem } from './reference.ts';
import { button, pace, policy, repositories, serverUrl } from './setting.ts';
import { createTasks, stoppedEvent, type Task } from './tasks.ts';
import { createWorkerPorts } from './worker-ports.ts';

export type World = ReturnType<typeof createWorld>;

/**
 * The whole product but its outer walls, on a virtual clock: real handlers, stores and worker parts over a table,
 * queues, tasks, GitHub and a model in memory. Each handler that runs is a process that stands still before every
 * effect, so that whoever drives the world decides what happens next.
 */
export function createWorld() {
  const clock = { now: Date.UTC(2026, 10, 10, 8) };
  const now = () => clock.now;
  const times = Times.parse({});
  const hand: Hand = { who: '', claim: undefined };
  const objects: Objects = new Map([[button.command.key, Buffer.from('')]]);
  const caps = {
    userDay: policy.budget.user_day,
    installationMonth: policy.budget.installation_month,
  };
  const reference = createReference({
    admission: policy.concurrency,
    caps,
    now,
    who: () => hand.who,
    hasObject: (key) => objects.has(key),
    isWellHeld: (job, fence) =>
      tasks.some(
        ({ claim, process, lease, wasFrozen }) =>
          claim?.job === job &&
          claim.fence === fence &&
          process?.state === 'runs' &&
          !wasFrozen &&
          !lease?.signal.aborted,
      ),
  });
  const table: MemoryTable = createMemoryTable((writes) =>
    reference.onWrite(writes, table.items(), hand.claim),
  );
  const github = createFakeGithub({ repositories, now });
  const ingest = createMemoryQueue('ingest', now);
  const jobsQueue = createMemoryQueue('jobs', now);
  const { tasks, launcherOf, setLaunches } = createTasks(now);
  const processes: Process[] = [];
  const orders: Order[] = [];
  const starts = new Map<number, number[]>();
  const presses = new Set<number>();
  let ids = 0;
  let effects = 0;

  const gates = createGates({ table, github, objects, hand });
  const { gatedTable } = gates;
  const app = createAppPorts({ gates, launcherOf, ingest, jobsQueue, times, now });
  const { portsOf, handlerOf } = app;
  const model = createPaidModel({ table, reference, now });
  const workerPorts = createWorkerPorts({ gates, table, jobsQueue, reference, model, times, now });

  const run = async (name: string, body: (self: Process) => Promise<void>, steps: number) => {
    ids += 1;
    const self = await startProcess({ id: ids, name }, body);
    processes.push(self);
    effects += (await step(self, steps)).length;
    return self;
  };

  const deliver = (which: 'ingest' | 'jobs' | 'dead', message: Message, steps: number) => {
    const queue = which === 'jobs' ? jobsQueue : ingest;
    message.receives += 1;
    message.visibleAt = now() + visibilityMs;
    return run(
      `${which} ${message.body.slice(0, 60)}`,
      async (self) => {
        try {
          await handlerOf(self, which)(recordOf(message));
          remove(which === 'dead' ? [ingest.dead, jobsQueue.dead] : [queue.messages], message);
        } catch (error) {
          onHandlerError(self, error);
          if (which === 'dead' || message.body.includes('"order"')) return;
          if (message.receives < maxReceives) return;
          remove([queue.messages], message);
          message.receives = 0;
          message.visibleAt = now();
          queue.dead.push(message);
        }
      },
      steps,
    );
  };
  /** A handler may fail as its ports do; anything else is a defect. */
  const onHandlerError = (self: Process, error: unknown) => {
    const foreseen =
      error instanceof TransientError ||
      (error instanceof Error &&
        (error.constructor.name === 'Unreachable' || error.message === 'other side closed'));
    if (!foreseen) reference.fail('bounded', `${self.name.split(' ')[0]}: ${String(error)}`);
  };

  const startTask = async (task: Task, steps: number) => {
    task.status = 'running';
    const process = await run(
      `worker ${task.spec.jobId}#${task.spec.attempt}`,
      async (self) => {
        await modelWorker(workerPorts(task, self), task.spec);
        const item = jobItem(table.items(), task.spec.jobId);
        const holds =
          item?.['fence'] === task.claim?.fence && isActive(item?.['state'] as Job['state']);
        const leased = Number(item?.['lease_until'] ?? 0) > now();
        if (task.claim && holds && leased && !self.faulted)
          reference.fail(1, 'a worker left the job that it has');
      },
      0,
    );
    task.process = process;
    effects += (await step(process, steps)).length;
  };

  /** Time goes on, and the workers that are alive beat. */
  const tick = async (ms: number) => {
    const until = now() + ms;
    while (clock.now < until) {
      const beating = tasks.filter(
        ({ process, beat }) => beat && process?.state === 'runs' && !process.frozen,
      );
      const next = Math.min(until, ...beating.map(({ nextBeatAt }) => nextBeatAt));
      clock.now = Math.max(clock.now, next);
      for (const task of beating) {
        if (task.nextBeatAt > clock.now) continue;
        task.nextBeatAt = clock.now + times.CODY_HEARTBEAT_MS;
        const before = jobItem(table.items(), task.spec.jobId);
        task.beat?.();
        await drained();
        // Only one that came through has told of the cancel.
        const until = jobItem(table.items(), task.spec.jobId)?.['lease_until'];
        const beaten = until === clock.now + times.CODY_LEASE_MS;
        const asked = before?.['cancel_requested_by'] !== undefined;
        if (beaten && asked && before['fence'] === task.claim?.fence) task.cancelSeen = true;
      }
    }
    for (const task of tasks) {
      if (task.status === 'running' && task.process?.state !== 'runs') task.status = 'stopped';
    }
  };

  return {
    clock,
    table,
    github,
    ingest,
    jobsQueue,
    tasks,
    processes,
    orders,
    paid: model.paid,
    reference,
    objects,
    policy,
    times,
    portsOf,
    effects: () => effects,
    countEffects: (count: number) => {
      effects += count;
    },
    setLaunches,
    order(pick: number, repositories: readonly number[]): Order {
      const order = orderOf({ n: orders.length + 1, pick, repositories, at: now() });
      orders.push(order);
      return order;
    },
    sendOrder(order: Order): Message {
      ids += 1;
      const message = {
        id: `order-${ids}`,
        body: JSON.stringify({ type: 'order', order }),
        visibleAt: now(),
        receives: 0,
      };
      ingest.messages.push(message);
      return message;
    },
    deliver,
    run,
    startTask,
    tick,
    sweep: (steps: number) =>
      run(
        'sweep',
        async (self) => {
          await sweep(portsOf(self)).catch((error: unknown) => onHandlerError(self, error));
        },
        steps,
      ),
    settle: (task: Task, steps: number) =>
      run(
        'settle',
        (self) =>
          settle(portsOf(self), stoppedEvent(task)).catch((error: unknown) =>
            onHandlerError(self, error),
          ),
        steps,
      ),
    cancel: (id: string, steps: number) =>
      run(
        'cancel',
        async (self) => {
          const { jobs } = portsOf(self);
          for (const job of await jobs.ofRequest(id))
            await cancelJob({ jobs }, job, 'someone').catch(() => undefined);
        },
        steps,
      ),
    /** A write to GitHub that asks when it may go. */
    paced: (installation: number, steps: number) =>
      run(
        'pace',
        async (self) => {
          const pacing = createPacingStore({ table: gatedTable({ self }), now, limits: pace });
          const wish = { content: true, urgency: 'normal', patienceMs: 20_000 } as const;
          const answer = await pacing.reserve(installation, wish).catch(() => undefined);
          if (answer?.type !== 'go') return;
          const all = [...(starts.get(installation) ?? []), now() + answer.inMs];
          starts.set(installation, all);
          judgePace(
            all.toSorted((a, b) => a - b),
            reference.fail,
          );
        },
        steps,
      ),
    /** Somebody presses the one button that there is. */
    press: (who: number, steps: number) =>
      run(
        'press',
        async (self) => {
          const { buttons } = portsOf(self);
          await buttons.put([button]).catch(() => undefined);
          const used = await buttons.use(button.nonce, who).catch(() => false);
          if (used) presses.add(who);
          if (presses.size > 1) reference.fail(4, 'two people pressed one button');
        },
        steps,
      ),
    /** Processes that have ended are not looked at again. */
    forget() {
      const left = processes.filter(({ state }) => state === 'runs');
      processes.splice(0, processes.length, ...left);
    },
    /** The stores without effects, to look at what became of it all. */
    readers: () => ({
      jobs: createJobStore({ table, now }),
      requests: createRequestStore({ table, now }),
    }),
    failedModelCalls: (job: string) => model.failedCalls.filter((one) => one === job).length,
    serverUrl,
    async step(process: Process, steps: number, verdict: Verdict = 'pass') {
      effects += (await step(process, steps, verdict)).length;
    },
    kill,
  };
}

function remove(lists: readonly Message[][], message: Message): void {
  for (const list of lists) {
    const index = list.indexOf(message);
    if (index >= 0) list.splice(index, 1);
  }
}
