import { randomUUID } from 'node:crypto';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type ProcessEnd, type ProcessSpec, startProcess } from '../../core/process.ts';

/** A task as ECS describes it. Times in seconds since 1970, as AWS JSON has them. */
export type TaskState = {
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly group: string;
  readonly launchType: 'FARGATE';
  readonly createdAt: number;
  readonly overrides: unknown;
  readonly startedBy?: string | undefined;
  lastStatus: 'PROVISIONING' | 'RUNNING' | 'STOPPED';
  desiredStatus: 'RUNNING' | 'STOPPED';
  startedAt?: number;
  stoppingAt?: number;
  stoppedAt?: number;
  stopCode?: 'EssentialContainerExited' | 'UserInitiated' | 'TaskFailedToStart';
  stoppedReason?: string;
  version: number;
  containers: readonly Readonly<{
    containerArn: string;
    taskArn: string;
    name: string;
    lastStatus: string;
    exitCode?: number;
    reason?: string;
  }>[];
};

/** A task and its process. `stopped` never rejects and comes after the task's last process is gone. */
export type EcsTask = Readonly<{
  id: string;
  family: string;
  state: Readonly<TaskState>;
  /** SIGTERM to the process, SIGKILL to its group when it has not ended after `timeoutMs`. Again: may only shorten. */
  stop: (reason: string, timeoutMs: number) => void;
  stopped: Promise<void>;
}>;

/** What a task needs. `spec` may throw: the task then fails to start. */
export type EcsTaskOptions = Readonly<{
  cluster: string;
  family: string;
  overrides: unknown;
  startedBy: string | undefined;
  spec: () => ProcessSpec;
  logsDir: string;
  now: () => number;
}>;

/** ARNs of this machine: region and account are placeholders. */
const arnBase = 'arn:aws:ecs:us-east-1:000000000000';

/** Returns the ARN of a resource of the local endpoint. */
export function ecsArn(path: string): string {
  return `${arnBase}:${path}`;
}

/**
 * Starts a task as a process in its own group and returns at once, with the task in PROVISIONING. Output goes to
 * `<logsDir>/<task id>.log`. When the process ends, what is left of its group is killed, as a container would be.
 * Contract for the process: descriptor 3 is a pipe that never carries data and ends when this host is gone,
 * however it went; the process must exit when it does.
 */
export function startEcsTask(options: EcsTaskOptions): EcsTask {
  const id = randomUUID().replaceAll('-', '');
  const state = newState(id, options);
  const control: Control = {
    send: () => undefined,
    killAt: Number.POSITIVE_INFINITY,
    timer: undefined,
  };
  const stopped = run({ id, options, state, control });
  return {
    id,
    family: options.family,
    state,
    stop: (reason, timeoutMs) => {
      if (state.lastStatus === 'STOPPED') return;
      if (state.desiredStatus === 'RUNNING') {
        change(state, {
          desiredStatus: 'STOPPED',
          stopCode: 'UserInitiated',
          stoppedReason: reason,
          stoppingAt: options.now() / 1000,
        });
        control.send('SIGTERM');
      }
      const killAt = options.now() + timeoutMs;
      if (killAt >= control.killAt) return;
      clearTimeout(control.timer);
      control.killAt = killAt;
      control.timer = setTimeout(() => control.send('SIGKILL'), timeoutMs);
    },
    stopped,
  };
}

type Control = {
  send: (signal: 'SIGTERM' | 'SIGKILL') => void;
  killAt: number;
  timer: NodeJS.Timeout | undefined;
};

function newState(id: string, options: EcsTaskOptions): TaskState {
  const taskArn = ecsArn(`task/${options.cluster}/${id}`);
  return {
    taskArn,
    clusterArn: ecsArn(`cluster/${options.cluster}`),
    taskDefinitionArn: ecsArn(`task-definition/${options.family}:1`),
    group: `family:${options.family}`,
    launchType: 'FARGATE',
    createdAt: options.now() / 1000,
    overrides: options.overrides ?? {},
    startedBy: options.startedBy,
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    version: 1,
    containers: [
      {
        containerArn: ecsArn(`container/${options.cluster}/${id}/0`),
        taskArn,
        name: options.family,
        lastStatus: 'PENDING',
      },
    ],
  };
}

async function run(task: {
  id: string;
  options: EcsTaskOptions;
  state: TaskState;
  control: Control;
}): Promise<void> {
  const { options, state, control } = task;
  // RunTask answers before anything starts, as ECS does.
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  const end = state.desiredStatus === 'STOPPED' ? notStarted : await runProcess(task);
  clearTimeout(control.timer);
  const exitCode = exitCodeOf(end);
  const failed = end.error !== undefined || exitCode === 126 || exitCode === 127;
  if (state.stopCode === undefined && failed) {
    const why = end.error?.message ?? 'the command was not found or can not be run';
    state.stopCode = 'TaskFailedToStart';
    state.stoppedReason = `CannotStartContainerError: ${why}`;
  }
  const stoppedAt = options.now() / 1000;
  change(state, {
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stopCode: state.stopCode ?? 'EssentialContainerExited',
    stoppedReason: state.stoppedReason ?? 'Essential container in task exited',
    stoppingAt: state.stoppingAt ?? stoppedAt,
    stoppedAt,
    containers: state.containers.map((container) => ({
      ...container,
      lastStatus: 'STOPPED',
      ...(exitCode === undefined ? {} : { exitCode }),
    })),
  });
}

const notStarted: ProcessEnd = { exitCode: null, signal: null };

async function runProcess(task: {
  id: string;
  options: EcsTaskOptions;
  state: TaskState;
  control: Control;
}): Promise<ProcessEnd> {
  const { id, options, state, control } = task;
  let child;
  try {
    child = startProcess(loggedTo(join(options.logsDir, `${id}.log`), options.spec()));
  } catch (error) {
    return { ...notStarted, error: error instanceof Error ? error : new Error(String(error)) };
  }
  const { pid, kill, descriptor, ended } = child;
  descriptor(3)?.on('error', () => undefined); // A reset when the process is killed; `ended` tells the rest.
  control.send = (signal) => {
    if (signal === 'SIGKILL') kill('SIGKILL');
    else if (pid !== undefined) terminate(pid);
  };
  if (pid !== undefined) {
    change(state, {
      lastStatus: 'RUNNING',
      startedAt: options.now() / 1000,
      containers: state.containers.map((container) => ({ ...container, lastStatus: 'RUNNING' })),
    });
  }
  const end = await ended;
  kill('SIGKILL');
  control.send = () => undefined;
  return end;
}

/**
 * The shell opens the log for the process, which so can write to it when this host is gone, and which then has
 * ended when it exits and not when the last of its children closes a pipe.
 */
function loggedTo(file: string, spec: ProcessSpec): ProcessSpec {
  return {
    ...spec,
    command: '/bin/sh',
    args: ['-c', 'log=$1; shift; exec "$@" >>"$log" 2>&1', 'sh', file, spec.command, ...spec.args],
    group: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  };
}

/** ECS sends SIGTERM to the container's first process only. */
function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}

/** As a container runtime reports it: 128 + n for signal n. */
function exitCodeOf(end: ProcessEnd): number | undefined {
  if (end.signal) return 128 + constants.signals[end.signal];
  return end.exitCode ?? undefined;
}

function change(state: TaskState, changes: Partial<TaskState>): void {
  Object.assign(state, changes, { version: state.version + 1 });
}
