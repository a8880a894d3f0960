import type { LaunchSpec, Launcher } from '../../../core/launcher.ts';
import type { StoppedTask } from '../../../core/stopped-task.ts';
import type { Lease } from '../../../worker/lease.ts';
import { effect, kill, type Process } from './process.ts';
import type { Claim } from './reference.ts';

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

/** What a launch comes to: the cluster may be full, or broken. */
export type Launches = 'started' | 'busy' | 'failed';

/** ECS: the tasks that were ever started, and the launcher that each process has. */
export function createTasks(now: () => number) {
  const tasks: Task[] = [];
  let launches: Launches = 'started';

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

  return {
    tasks,
    launcherOf,
    setLaunches: (what: Launches) => {
      launches = what;
    },
  };
}

/** What ECS tells when a task has stopped. */
export function stoppedEvent({ arn, spec, stopped }: Task) {
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
