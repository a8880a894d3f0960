import { setImmediate as drained } from 'node:timers/promises';
import type { AcceptDeps } from '../../../app/accept/accept-deps.ts';
import { acceptOrder } from '../../../app/accept/accept-order.ts';
import { cancelJob } from '../../../app/accept/cancel.ts';
import type { Order } from '../../../app/accept/order.ts';
import { createBury } from '../../../app/bury.ts';
import { createDispatch, type DispatchDeps } from '../../../app/dispatch.ts';
import { createIngest, type Handle } from '../../../app/ingest.ts';
import type { Installations } from '../../../app/installations.ts';
import { createNotify } from '../../../app/notify.ts';
import { createReport } from '../../../app/report.ts';
import { settle } from '../../../app/settle.ts';
import { sweep } from '../../../app/sweep.ts';
import { wake } from '../../../app/wake.ts';
import { TransientError } from '../../../core/errors.ts';
import { requestId, sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import { isActive } from '../../../core/job-state.ts';
import type { LaunchSpec, Launcher } from '../../../core/launcher.ts';
import { Policy } from '../../../core/policy.ts';
import { costMicroUsd, findPrice } from '../../../core/price.ts';
import { createButtonStore } from '../../../core/store/buttons.ts';
import { createJobStore } from '../../../core/store/job-store.ts';
import { createModelPauses } from '../../../core/store/model-pause.ts';
import { createMalformedMessages } from '../../../core/store/malformed.ts';
import { createLoginPins } from '../../../core/store/login-pins.ts';
import { createOpenCheckStore } from '../../../core/store/open-checks.ts';
import { createPacingStore } from '../../../core/store/pacing.ts';
import { createPlanStore } from '../../../core/store/plans.ts';
import { createRequestStore } from '../../../core/store/request-store.ts';
import { createScheduleStore } from '../../../core/store/schedules.ts';
import type { StoppedTask } from '../../../core/stopped-task.ts';
import type { Table } from '../../../core/store/table.ts';
import type { TableAction } from '../../../core/store/table-action.ts';
import { Times } from '../../../core/times.ts';
import type { ModelAnswer, ModelFailure } from '../../../worker/agent/model-call.ts';
import type { Lease } from '../../../worker/lease.ts';
import { createFakeGithub, githubUnreachable } from './fake-github.ts';
import { memoryBucket, type Objects } from './memory-bucket.ts';
import {
  createMemoryQueue,
  type MemoryQueue,
  maxReceives,
  type Message,
  recordOf,
  visibilityMs,
} from './memory-queue.ts';
import { createMemoryTable, type MemoryTable } from './memory-table.ts';
import { modelWorker, script } from './model-worker.ts';
import { effect, kill, type Process, startProcess, step, type Verdict } from './process.ts';
import { type Claim, createReference, jobItem } from './reference.ts';
import { silentLog } from './silent-log.ts';

/** A worker task, from RunTask on. */
export type Task = {
  readonly arn: string;
  readonly spec: LaunchSpec;
  status: 'pending' | 'running' | 'stopped';
  process?: Process;
  lease?: Lease;
  beat?: () => void;
  claim?: Claim;
  /** A cancel that the worker has seen. */
  cancelSeen: boolean;
  /** It stood still for a while. */
  wasFrozen: boolean;
  /** It never goes on. */
  hangs: boolean;
  readonly createdAt: number;
  /** What ECS tells of its end. */
  stopped: StoppedTask;
  nextBeatAt: number;
};

const installations = 3;
const repositoriesEach = 3;
/** Repositories have the ids from 1 to this. */
export const repositories = installations * repositoriesEach;
/** Half a call of the script costs less than this (micro-USD); a job has room for some calls. */
export const jobBudget = 900_000;

export const policy = Policy.parse({
  budget: { job: jobBudget / 1e6, user_day: 7, installation_month: 9 },
  concurrency: { global: 3, installation: 2, repository: 1 },
});

const serverUrl = 'https://github.example';
const pace = { contentPerMinute: 8, contentPerHour: 80, minuteMs: 60_000, distanceMs: 1_000 };
const button = {
  nonce: 'abcdefghijklmnop',
  installation_id: 1,
  repository_id: 1,
  pull_request: 1,
  head_sha: 'a'.repeat(40),
  check_run_id: 1,
  action: { type: 'fix' as const },
  command: { key: 'command/none', sha256: 'a'.repeat(64), bytes: 1 },
};

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
  const objects: Objects = new Map([[button.command.key, Buffer.from('')]]);
  const caps = {
    userDay: policy.budget.user_day,
    installationMonth: policy.budget.installation_month,
  };
  const reference = createReference({
    admission: policy.concurrency,
    caps,
    now,
    who: () => who,
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
  let writer: Claim | undefined;
  let who = '';
  const table: MemoryTable = createMemoryTable((writes) =>
    reference.onWrite(writes, table.items(), writer),
  );
  const github = createFakeGithub({ repositories, now });
  const ingest = createMemoryQueue('ingest', now);
  const jobsQueue = createMemoryQueue('jobs', now);
  const tasks: Task[] = [];
  const processes: Process[] = [];
  const orders: Order[] = [];
  const paid: { job: string; cost: number }[] = [];
  const failedCalls: string[] = [];
  const starts = new Map<number, number[]>();
  const presses = new Set<number>();
  let launches: 'started' | 'busy' | 'failed' = 'started';
  let ids = 0;
  let effects = 0;

  type Ports = Readonly<{ self: Process; claim?: () => Claim | undefined }>;

  const gatedTable = ({ self, claim }: Ports): Table => ({
    ...table,
    transact: (actions) =>
      effect(self, {
        name: endedBy(actions) ?? 'table',
        failure: () => new TransientError('internal_error', 'The table cannot be reached'),
        act: () => {
          who = self.name;
          return asWriter(claim?.(), () => table.transact(actions));
        },
      }).catch((error: unknown) => {
        if (error instanceof TransientError) self.faulted = true;
        throw error;
      }),
  });
  const asWriter = (claim: Claim | undefined, act: () => Promise<void>) => {
    writer = claim;
    try {
      // Judged before it returns: the table writes at once.
      return act();
    } finally {
      writer = undefined;
    }
  };
  const githubOf = (self: Process, before: () => void = () => undefined) =>
    github.client(self.name, (name, act) => {
      before();
      return effect(self, { name: `github ${name}`, act, failure: githubUnreachable });
    });
  const bucketOf = (self: Process) =>
    memoryBucket(objects, (name, act) =>
      effect(self, {
        name,
        act,
        failure: () => new TransientError('internal_error', 'The bucket cannot be written'),
      }),
    );
  const launcherOf = (self: Process): Launcher => ({
    ensure: (spec) => effect(self, { name: 'RunTask', act: async () => launch(spec) }),
    stop: (arn) => effect(self, { name: 'StopTask', act: async () => stopTask(arn) }),
    state: async (arn) => {
      const task = tasks.find((one) => one.arn === arn);
      if (!task) return { status: 'gone' };
      return task.status === 'stopped'
        ? { status: 'gone', stopped: task.stopped }
        : { status: 'running' };
    },
    running: async () =>
      tasks
        .filter(({ status }) => status !== 'stopped')
        .map(({ arn, spec, createdAt }) => ({ ...spec, taskArn: arn, createdAt })),
  });
  const launch = (spec: LaunchSpec) => {
    if (launches === 'busy') return { type: 'busy', reason: 'Capacity is unavailable' } as const;
    if (launches === 'failed') return { type: 'failed', reason: 'No such image' } as const;
    const known = tasks.find((task) => JSON.stringify(task.spec) === JSON.stringify(spec));
    if (known) return { type: 'started', taskArn: known.arn } as const;
    const arn = `task-${tasks.length + 1}`;
    tasks.push({
      arn,
      spec,
      status: 'pending',
      cancelSeen: false,
      wasFrozen: false,
      hangs: false,
      nextBeatAt: 0,
      createdAt: now(),
      stopped: { containers: [] },
    });
    return { type: 'started', taskArn: arn } as const;
  };
  /** SIGTERM: a frozen worker does not hear it before it goes on. */
  const stopTask = (arn: string) => {
    const task = tasks.find((one) => one.arn === arn);
    if (task?.status === 'pending') task.status = 'stopped';
    if (task?.hangs && task.process) {
      kill(task.process);
      task.status = 'stopped';
    }
    task?.lease?.shutdown();
  };

  const portsOf = (self: Process) => {
    const own = gatedTable({ self });
    const installationsOf: Installations = {
      of: async ({ name }) =>
        name === '.github'
          ? undefined
          : {
              installationId: installationOf(Number(name.split('-')[1])),
              account: 'acme',
              accountId: 1,
              permissions: {},
              suspended: false,
            },
      client: async () => githubOf(self),
      missing: async () => [],
      members: async () => githubOf(self),
    };
    const notify = createNotify({
      ingest: outbox(self, ingest),
      jobsQueue: outbox(self, jobsQueue),
      reportDelayMs: times.CODY_REPORT_DELAY_MS,
    });
    const promptsChecks = {
      want: async () => undefined,
      tell: async () => false,
      ended: async () => undefined,
      refresh: async () => undefined,
      rest: async () => undefined,
    };
    return {
      appId: 1,
      bot: async () => 'cody[bot]',
      table: own,
      jobs: createJobStore({ table: own, now }),
      requests: createRequestStore({ table: own, now }),
      plans: createPlanStore({ table: own, now }),
      schedules: createScheduleStore({ table: own, now }),
      buttons: createButtonStore({ table: own, now }),
      openChecks: createOpenCheckStore({ table: own, now }),
      logins: createLoginPins({ table: own }),
      malformed: createMalformedMessages({ table: own, now }),
      pauses: createModelPauses({ table: own, now, keyId: 'key' }),
      installations: installationsOf,
      launcher: launcherOf(self),
      bucket: bucketOf(self),
      notify,
      ingest: outbox(self, ingest),
      jobsQueue: outbox(self, jobsQueue),
      promptsChecks,
      policy,
      times,
      now,
      serverUrl,
      links: { serverUrl },
      taskSize: { cpu: 2_048, memory_mib: 4_096 },
      random: () => 0.5,
      log: silentLog,
    } satisfies AcceptDeps & DispatchDeps & Record<string, unknown>;
  };

  const handlerOf = (self: Process, queue: 'ingest' | 'jobs' | 'dead'): Handle => {
    const ports = portsOf(self);
    if (queue === 'jobs') return createDispatch(ports);
    if (queue === 'dead') return createBury({ ...ports, accept: ports });
    const other = createIngest({
      accept: async () => undefined,
      report: createReport(ports),
      promptsChecks: ports.promptsChecks,
      malformed: ports.malformed,
      wake: () => wake(ports),
      log: silentLog,
    });
    return async (record) => {
      const body = JSON.parse(record.body) as { type: string; order: Order };
      return body.type === 'order' ? acceptOrder(ports, body.order) : other(record);
    };
  };

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

  const workerPorts = (task: Task, self: Process) => {
    const own = gatedTable({ self, claim: () => task.claim });
    const jobs = createJobStore({ table: own, now });
    const direct = createJobStore({
      now,
      table: {
        ...table,
        transact: (actions) => asWriter(task.claim, () => table.transact(actions)),
      },
    });
    const item = () => jobItem(table.items(), task.spec.jobId);
    return {
      table: own,
      jobs: { ...jobs, heartbeat: direct.heartbeat },
      bucket: bucketOf(self),
      ingest: outbox(self, ingest),
      github: githubOf(self, () => judgeHold(task, item())),
      model: modelOf(task, self),
      request: createRequestStore({ table: own, now }).get,
      times,
      now,
      onLease(lease: Lease, beat: () => void) {
        const { id, fence, cancel_requested_by, lease_until = 0 } = lease.job();
        // The claim itself took longer than its lease lasts.
        if (lease_until <= now() + times.CODY_HEARTBEAT_MS) task.wasFrozen = true;
        task.claim = { job: id, fence };
        task.lease = lease;
        task.beat = beat;
        task.cancelSeen = cancel_requested_by !== undefined && lease.job().state === 'running';
        task.nextBeatAt = now() + times.CODY_HEARTBEAT_MS;
      },
      onDefect: (error: unknown) => reference.fail('bounded', `worker: ${String(error)}`),
    };
  };

  const judgePace = (all: readonly number[]) => {
    for (const [index, at] of all.entries()) {
      const before = all[index - 1];
      if (before !== undefined && at - before < pace.distanceMs)
        reference.fail('bounded', `two writes start ${at - before} ms apart`);
      const minute = all.filter((one) => one > at - pace.minuteMs && one <= at).length;
      if (minute > pace.contentPerMinute)
        reference.fail('bounded', `${minute} writes start in a minute`);
    }
  };

  /** A write to GitHub is about to be made: its fence must have been looked at now. */
  const judgeHold = ({ claim, spec }: Task, item: Record<string, unknown> | undefined) => {
    const held = item?.['fence'] === claim?.fence && isActive(item?.['state'] as Job['state']);
    const leased = Number(item?.['lease_until'] ?? 0) > now();
    if (!held || !leased)
      reference.fail(5, `a worker of ${spec.jobId} wrote to GitHub without its lease`);
  };

  const usage = {
    input_tokens: 3_000,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_creation_1h_input_tokens: 0,
    output_tokens: 500,
  };
  const modelOf = (task: Task, self: Process) => {
    return async (
      request: { messages: readonly { role: string; content: unknown }[] },
      signal: AbortSignal,
    ): Promise<ModelAnswer | ModelFailure> => {
      // A call that was broken off before it began is not sent.
      if (!signal.aborted && task.cancelSeen)
        reference.fail(1, `${task.spec.jobId} called the model after its cancel was seen`);
      const failed = {
        type: 'failure',
        error: 'broken',
        detail: 'cut',
        begun: true,
        usage: { ...usage, input_tokens: 0, output_tokens: 0 },
      } as const;
      if (signal.aborted) return { ...failed, error: 'aborted', begun: false };
      if (!lastEntry(table.items(), task.spec.jobId).includes('_intent'))
        reference.fail(4, 'a call was paid for before its intent was written down');
      return effect(self, {
        name: 'model',
        act: async () => {
          const cost = costMicroUsd(findPrice(policy.model, now()), usage);
          paid.push({ job: task.spec.jobId, cost });
          const said = JSON.stringify(request.messages);
          const done = script.filter(({ id }) => said.includes(id)).length;
          const use = script[Math.min(done, script.length - 1)];
          return {
            type: 'answer',
            content: [
              {
                type: 'tool_use',
                id: use?.id ?? '',
                name: use?.name ?? '',
                input: use?.input ?? {},
              },
            ],
            stop_reason: 'tool_use',
            usage,
            message_id: `msg_${paid.length}`,
          } satisfies ModelAnswer;
        },
      }).catch(() => {
        // The call never throws for what the network does.
        failedCalls.push(task.spec.jobId);
        return failed;
      });
    };
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
    paid,
    reference,
    objects,
    policy,
    times,
    portsOf,
    effects: () => effects,
    countEffects: (count: number) => {
      effects += count;
    },
    setLaunches: (what: typeof launches) => {
      launches = what;
    },
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
          judgePace(all.toSorted((a, b) => a - b));
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
    failedModelCalls: (job: string) => failedCalls.filter((one) => one === job).length,
    serverUrl,
    async step(process: Process, steps: number, verdict: Verdict = 'pass') {
      effects += (await step(process, steps, verdict)).length;
    },
    kill,
  };
}

/** What a transaction is called that ends a job. */
function endedBy(actions: readonly TableAction[]): string | undefined {
  const end = actions.find((one) => one.type === 'update' && one.set?.['ended_at'] !== undefined);
  return end?.type === 'update' ? endOf(end.key.sk) : undefined;
}

/** The name of the effect that ends a job; `sk` is the job's sort key, which ends in its id. */
export function endOf(sk: string): string {
  return `end ${sk.replace(/^JOB#/, '')}`;
}

/** The type of the last entry in a job's journal. */
function lastEntry(items: ReadonlyMap<string, Record<string, unknown>>, job: string): string {
  const last = [...items.values()].filter(({ pk }) => pk === `JOURNAL#${job}`).at(-1);
  const body = typeof last?.['body'] === 'string' ? last['body'] : '{}';
  return String((JSON.parse(body) as { type?: string }).type);
}

export function installationOf(repository: number): number {
  return Math.ceil(repository / repositoriesEach);
}

function remove(lists: readonly Message[][], message: Message): void {
  for (const list of lists) {
    const index = list.indexOf(message);
    if (index >= 0) list.splice(index, 1);
  }
}

function stoppedEvent({ arn, spec, stopped }: Task) {
  const environment = [
    { name: 'CODY_JOB_ID', value: spec.jobId },
    { name: 'CODY_ATTEMPT', value: String(spec.attempt) },
    { name: 'CODY_ATTEMPT_KEY', value: spec.attemptKey },
  ];
  return {
    detail: {
      taskArn: arn,
      lastStatus: 'STOPPED',
      ...stopped,
      overrides: { containerOverrides: [{ environment }] },
    },
  };
}

type Ordering = Readonly<{ n: number; pick: number; repositories: readonly number[]; at: number }>;

function orderOf({ n, pick, repositories, at }: Ordering): Order {
  const key = `comment:${n}`;
  const [first = 1] = repositories;
  const repository = { id: first, owner: 'acme', name: `repository-${first}`, private: true };
  const user = 70 + (pick % 2);
  return {
    key,
    request_id: requestId(key),
    payload_sha256: sha256(key),
    source: {
      type: 'issue_comment',
      installation_id: installationOf(first),
      repository,
      url: `https://github.example/${n}`,
      issue_number: n,
      comment_id: n,
    },
    requester: { id: user, login: `user-${user}` },
    written_at: at,
    parsed: {
      type: 'command',
      command: {
        type: 'prompt',
        prompt: 'Fix the sum',
        repositories: repositories.map((id) => ({ owner: 'acme', name: `repository-${id}` })),
        open_pull_request: true,
      },
    },
    context: {},
  } as unknown as Order;
}

function outbox(self: Process, queue: MemoryQueue) {
  return queue.outbox((act) => effect(self, { name: 'send', act }));
}
