import { type LaunchSpec, type Launcher, refusedLaunch } from '../../core/launcher.ts';
import type { Clock } from './clock.ts';
import { jobFacts, type Outside } from './tiers.ts';

/** ECS with its quotas. */
export type Ecs = Readonly<{
  launcher: Launcher;
  stopped: (taskArn: string) => void;
  /** The most at once and in one second, and what was refused. */
  seen: Readonly<{ vcpu: number; perSecond: number; throttled: number; overQuota: number }>;
}>;

/** Starts tasks as long as the quotas hold; `onTask` is told of each. */
export function createEcs(
  { clock, outside }: Readonly<{ clock: Clock; outside: Outside }>,
  onTask: (spec: LaunchSpec, taskArn: string) => void,
): Ecs {
  const { vcpuQuota, runTask } = outside;
  const tasks = new Map<string, LaunchSpec>();
  const seen = { vcpu: 0, perSecond: 0, throttled: 0, overQuota: 0 };
  let tokens = runTask.burst;
  let filledAt = clock.now();
  let second = { number: 0, calls: 0 };
  let started = 0;

  const take = () => {
    const now = clock.now();
    tokens = Math.min(runTask.burst, tokens + ((now - filledAt) / 1000) * runTask.perSecond);
    filledAt = now;
    const number = Math.floor(now / 1000);
    second = { number, calls: second.number === number ? second.calls + 1 : 1 };
    seen.perSecond = Math.max(seen.perSecond, second.calls);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
  const launcher: Launcher = {
    async ensure(spec) {
      if (!take()) {
        seen.throttled += 1;
        return refusedLaunch('Rate exceeded');
      }
      if ((tasks.size + 1) * jobFacts.vcpu > vcpuQuota) {
        seen.overQuota += 1;
        return refusedLaunch(
          'You’ve reached the limit on the number of vCPUs you can run concurrently',
        );
      }
      started += 1;
      const taskArn = `task-${started}`;
      tasks.set(taskArn, spec);
      seen.vcpu = Math.max(seen.vcpu, tasks.size * jobFacts.vcpu);
      onTask(spec, taskArn);
      return { type: 'started', taskArn };
    },
    stop: async (taskArn) => {
      tasks.delete(taskArn);
    },
    state: async (taskArn) => ({ status: tasks.has(taskArn) ? 'running' : 'gone' }),
    running: async () => [],
  };
  return { launcher, seen, stopped: (taskArn) => void tasks.delete(taskArn) };
}
