import { mkdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { ProcessSpec } from '../../core/process.ts';
import {
  DescribeTasks,
  environmentOf,
  ListTasks,
  plainName,
  RunTask,
  StopTask,
} from './ecs-messages.ts';
import { type EcsTask, ecsArn, startEcsTask } from './ecs-task.ts';
import { readBody, startLoopbackServer } from './loopback-server.ts';
import { type TaskStoppedEvent, taskStoppedEvent } from './task-stopped-event.ts';

/** How a task definition's process is started with the environment of a RunTask call. */
export type TaskDefinition = (
  overrides: Readonly<{ environment: Record<string, string> }>,
) => ProcessSpec;

export type EcsOptions = Readonly<{
  cluster: string;
  /** By family name. Each process has to exit when its descriptor 3 ends (see `startEcsTask`). */
  taskDefinitions: Readonly<Record<string, TaskDefinition>>;
  logsDir: string;
  /** Called once per stopped task. A failure is logged and not repeated: EventBridge is a hint as well. */
  onTaskStopped: (event: TaskStoppedEvent) => void | Promise<void>;
  /** Tasks that fit at the same time. Default: no limit. */
  capacity?: number;
  /** From SIGTERM to SIGKILL, in ms. Default 120,000, the longest that Fargate allows. */
  stopTimeoutMs?: number;
  /** The same for tasks that run when the endpoint is closed. Default 5,000. */
  closeTimeoutMs?: number;
  port?: number;
  log: Logger;
}>;

/** A running endpoint. `close` stops every task and returns when their processes are gone. */
export type Ecs = Readonly<{
  endpoint: string;
  /** Lets the next `count` tasks that are asked for meet a lack of capacity. */
  failNext: (count: number) => void;
  close: () => Promise<void>;
}>;

type Deps = EcsOptions & {
  readonly tasks: Map<string, EcsTask>;
  /** What each client token was used for. ECS keeps tokens for a day; here they live as long as their tasks. */
  readonly tokens: Map<string, Readonly<{ parameters: string; tasks: readonly EcsTask[] }>>;
  readonly events: Set<Promise<void>>;
  failures: number;
};

/** An error as the AWS JSON protocol has it: HTTP 400 with a type. */
class EcsError extends Error {
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'EcsError';
    this.type = type;
    this.members = members;
  }
}

/** ECS shows stopped tasks for an hour. */
const stoppedTaskMs = 60 * 60_000;

/**
 * Starts an ECS endpoint on 127.0.0.1 that runs tasks as local processes, and returns its address. It answers
 * RunTask, DescribeTasks, ListTasks and StopTask as ECS does for `@aws-sdk/client-ecs`. Tasks live in memory: after
 * a restart the tasks of the earlier run are unknown (`MISSING`), and their processes have ended by contract.
 */
export async function startEcs(options: EcsOptions): Promise<Ecs> {
  const logsDir = resolve(options.logsDir);
  await mkdir(logsDir, { recursive: true });
  const deps: Deps = {
    ...options,
    logsDir,
    tasks: new Map(),
    tokens: new Map(),
    events: new Set(),
    failures: 0,
  };
  const server = await startLoopbackServer((request, response) => {
    const send = (status: number, content: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(content));
    answer(deps, request).then(
      (content) => send(200, content),
      (error: unknown) => {
        const known = asEcsError(error, deps.log);
        send(400, { __type: known.type, message: known.message, ...known.members });
      },
    );
  }, options.port);
  return {
    endpoint: server.endpoint,
    failNext: (count) => {
      deps.failures += count;
    },
    close: async () => {
      await server.close();
      for (const task of deps.tasks.values()) {
        task.stop('The ECS endpoint was closed', options.closeTimeoutMs ?? 5_000);
      }
      await Promise.all(deps.events);
    },
  };
}

async function answer(deps: Deps, request: IncomingMessage): Promise<unknown> {
  const target = String(request.headers['x-amz-target']);
  const input: unknown = JSON.parse((await readBody(request)).toString('utf8'));
  forgetOldTasks(deps);
  switch (target) {
    case 'AmazonEC2ContainerServiceV20141113.RunTask':
      checkOverrides(input);
      return runTask(deps, RunTask.parse(input));
    case 'AmazonEC2ContainerServiceV20141113.DescribeTasks':
      return describeTasks(deps, DescribeTasks.parse(input));
    case 'AmazonEC2ContainerServiceV20141113.ListTasks':
      return listTasks(deps, ListTasks.parse(input));
    case 'AmazonEC2ContainerServiceV20141113.StopTask':
      return stopTask(deps, StopTask.parse(input));
    default:
      throw new EcsError('UnknownOperationException', `Unknown operation: ${target}`);
  }
}

function asEcsError(error: unknown, log: Logger): EcsError {
  if (error instanceof EcsError) return error;
  if (error instanceof z.ZodError || error instanceof SyntaxError) {
    return new EcsError('InvalidParameterException', error.message);
  }
  log.error({ err: error }, 'ECS call failed');
  return new EcsError('ServerException', 'The local ECS endpoint failed');
}

/** RunTask takes at most 8,192 characters of overrides (ECS API reference, RunTask). */
function checkOverrides(input: unknown): void {
  const { overrides } = z.object({ overrides: z.unknown() }).parse(input);
  if (overrides !== undefined && JSON.stringify(overrides).length > 8_192) {
    throw new EcsError('InvalidParameterException', 'Overrides are longer than 8192 characters');
  }
}

function checkCluster(deps: Deps, cluster: string): void {
  if (plainName(cluster) !== deps.cluster) {
    throw new EcsError('ClusterNotFoundException', 'Cluster not found.');
  }
}

function runTask(deps: Deps, call: RunTask): unknown {
  checkCluster(deps, call.cluster);
  if (call.count < 1 || call.count > 10) {
    throw new EcsError('InvalidParameterException', 'Count must be between 1 and 10');
  }
  if (call.clientToken !== undefined && call.clientToken.length > 64) {
    throw new EcsError('InvalidParameterException', 'clientToken is longer than 64 characters');
  }
  const { clientToken, ...rest } = call;
  const parameters = JSON.stringify(rest);
  const earlier = clientToken === undefined ? undefined : deps.tokens.get(clientToken);
  if (earlier) return replay(earlier, parameters);

  const family = plainName(call.taskDefinition);
  const definition = deps.taskDefinitions[family];
  if (!definition) throw new EcsError('ClientException', 'TaskDefinition not found.');
  const granted = grant(deps, call.count);
  const tasks = Array.from({ length: granted }, () => start(deps, call, { family, definition }));
  if (clientToken !== undefined && tasks.length > 0) {
    deps.tokens.set(clientToken, { parameters, tasks });
  }
  return {
    tasks: tasks.map(({ state }) => state),
    failures: Array.from({ length: call.count - granted }, () => ({
      reason: 'Capacity is unavailable at this time',
    })),
  };
}

function replay(
  earlier: Readonly<{ parameters: string; tasks: readonly EcsTask[] }>,
  parameters: string,
): unknown {
  if (earlier.parameters === parameters) {
    return { tasks: earlier.tasks.map(({ state }) => state), failures: [] };
  }
  throw new EcsError('ConflictException', 'The clientToken was used with other parameters', {
    resourceIds: earlier.tasks.map(({ state }) => state.taskArn),
  });
}

/** How many of `count` tasks fit now. */
function grant(deps: Deps, count: number): number {
  const refused = Math.min(deps.failures, count);
  deps.failures -= refused;
  const running = [...deps.tasks.values()].filter(({ state }) => state.lastStatus !== 'STOPPED');
  const free = (deps.capacity ?? Number.POSITIVE_INFINITY) - running.length;
  return Math.max(0, Math.min(count - refused, free));
}

function start(
  deps: Deps,
  call: RunTask,
  { family, definition }: { family: string; definition: TaskDefinition },
): EcsTask {
  const task = startEcsTask({
    cluster: deps.cluster,
    family,
    overrides: call.overrides,
    startedBy: call.startedBy,
    spec: () => definition({ environment: environmentOf(call) }),
    logsDir: deps.logsDir,
    now: Date.now,
  });
  deps.tasks.set(task.id, task);
  const event = deliver(deps, task).finally(() => deps.events.delete(event));
  deps.events.add(event);
  return task;
}

async function deliver(deps: Deps, task: EcsTask): Promise<void> {
  await task.stopped;
  const { state, id } = task;
  const exitCode = state.containers[0]?.exitCode;
  deps.log.info({ task: id, stopCode: state.stopCode, exitCode }, 'task stopped');
  try {
    await deps.onTaskStopped(taskStoppedEvent(state));
  } catch (error) {
    deps.log.error({ err: error, task: id }, 'task stopped event was not handled');
  }
}

function describeTasks(deps: Deps, call: DescribeTasks): unknown {
  checkCluster(deps, call.cluster);
  if (call.tasks.length === 0 || call.tasks.length > 100) {
    throw new EcsError('InvalidParameterException', 'Between 1 and 100 tasks can be described');
  }
  const found = call.tasks.flatMap((name) => deps.tasks.get(plainName(name))?.state ?? []);
  const missing = call.tasks.filter((name) => !deps.tasks.has(plainName(name)));
  return {
    tasks: found,
    failures: missing.map((name) => ({
      arn: ecsArn(`task/${deps.cluster}/${plainName(name)}`),
      reason: 'MISSING',
    })),
  };
}

function listTasks(deps: Deps, call: ListTasks): unknown {
  checkCluster(deps, call.cluster);
  const matching = [...deps.tasks.values()].filter(
    ({ state, family }) =>
      state.desiredStatus === call.desiredStatus &&
      (call.startedBy === undefined || state.startedBy === call.startedBy) &&
      (call.family === undefined || family === call.family),
  );
  const from = Number(call.nextToken ?? 0);
  const to = from + call.maxResults;
  return {
    taskArns: matching.slice(from, to).map(({ state }) => state.taskArn),
    nextToken: to < matching.length ? String(to) : undefined,
  };
}

function stopTask(deps: Deps, call: StopTask): unknown {
  checkCluster(deps, call.cluster);
  const task = deps.tasks.get(plainName(call.task));
  if (!task) {
    throw new EcsError('InvalidParameterException', 'The referenced task was not found.');
  }
  task.stop(call.reason, deps.stopTimeoutMs ?? 120_000);
  return { task: task.state };
}

function forgetOldTasks(deps: Deps): void {
  const oldest = Date.now() - stoppedTaskMs;
  const isOld = ({ state }: EcsTask) =>
    state.stoppedAt !== undefined && state.stoppedAt * 1000 < oldest;
  for (const [id, task] of deps.tasks) if (isOld(task)) deps.tasks.delete(id);
  for (const [token, { tasks }] of deps.tokens) if (tasks.every(isOld)) deps.tokens.delete(token);
}
