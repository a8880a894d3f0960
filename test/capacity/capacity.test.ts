import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';
import { readCapacityConfig } from './config.ts';
import { describeFigures, spreadOf } from './figures.ts';
import { simulate } from './simulate.ts';
import { tiers } from './tiers.ts';

const [small] = tiers;
if (!small) throw new Error('no tier');

describe('the capacity simulation', () => {
  it('gives the same figures each time, with every job in one place', async () => {
    const tier = { ...small, minutes: 60 };
    const figures = await simulate(tier);
    expect(await simulate(tier)).toEqual(figures);
    const { asked, refused, started, ended, waiting } = figures.jobs;
    expect(asked).toBeGreaterThan(5);
    expect(refused).toBe(0);
    expect(ended).toBeLessThanOrEqual(started);
    expect(started + waiting).toBeLessThanOrEqual(asked);
    expect(describeFigures(figures)).toContain('first wall');
  });

  it('starts no more workers than the quota holds, and lets jobs wait in place of failing', async () => {
    const figures = await simulate({ ...small, jobsPerHour: 60, minutes: 30 });
    const vcpu = figures.walls.find(({ wall }) => wall === 'vCPU quota');
    expect(vcpu).toMatchObject({ peak: 6, limit: 6, share: 1 });
    expect(figures.refusedLaunches).toEqual({ throttled: 0, overQuota: 0 });
    expect(figures.jobs.waiting).toBeGreaterThan(0);
    expect(figures.waitedFor['a free worker on this server']).toBeGreaterThan(0);
  });

  it('meets the quota itself when admission is set above it, and starts the job later', async () => {
    const policy = { concurrency: { global: 10 } };
    const figures = await simulate({ ...small, jobsPerHour: 40, minutes: 30, policy });
    expect(figures.refusedLaunches.overQuota).toBeGreaterThan(0);
    expect(figures.jobs.ended).toBeGreaterThan(0);
  });

  it('lets a burst of one installation keep no other one waiting for its end', async () => {
    const tier = { ...small, jobsPerHour: 20, repositoriesEach: 20, minutes: 60 };
    const { fairness } = await simulate(tier);
    expect(fairness.burst).toBe(10);
    expect(fairness.others.p95).toBeLessThan(fairness.busiest.p95);
  });

  it('refuses what goes over a budget, and spends no more than it', async () => {
    const policy = { budget: { user_day: 4, installation_month: 6 } };
    const figures = await simulate({ ...small, jobsPerHour: 30, minutes: 60, policy });
    expect(figures.jobs.refused).toBeGreaterThan(0);
    expect(figures.spend.model).toBeLessThanOrEqual(small.installations * 6);
  });

  it('slows work down, and refuses none, when the model takes no more', async () => {
    const outside = { ...small.outside, model: { inputPerMinute: 20_000, outputPerMinute: 4_000 } };
    const fast = await simulate({ ...small, minutes: 60 });
    const slow = await simulate({ ...small, outside, minutes: 60 });
    expect(slow.walls[0]).toMatchObject({ wall: 'model tokens a minute' });
    expect(slow.jobs.ended).toBeLessThan(fast.jobs.ended);
    expect(slow.jobs.asked).toBe(fast.jobs.asked);
  });
});

describe('virtual time', () => {
  it('runs what is due in order, and what is due at once as it was asked for', async () => {
    const clock = createClock(1_000);
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name}@${clock.now()}`);
    clock.after(30, note('c'));
    clock.after(10, note('a'));
    clock.after(10, note('b'));
    clock.after(20, () => clock.after(5, note('d')));
    clock.after(90, note('late'));
    await clock.runUntil(1_050);
    expect(seen).toEqual(['a@1010', 'b@1010', 'd@1025', 'c@1030']);
    expect(clock.now()).toBe(1_050);
  });
});

describe('the figures', () => {
  it('are whole seconds of the median, the 95th percentile and the longest', () => {
    const times = Array.from({ length: 100 }, (_, index) => (index + 1) * 1_000);
    expect(spreadOf(times)).toEqual({ p50: 51, p95: 96, max: 100 });
    expect(spreadOf([])).toEqual({ p50: 0, p95: 0, max: 0 });
  });

  it('are made for the loads that settings are meant for', () => {
    expect(readCapacityConfig([]).tiers).toHaveLength(3);
    expect(readCapacityConfig(['--jobs', '10', '--minutes', '5', '--json'])).toMatchObject({
      tiers: [{ jobsPerHour: 10, minutes: 5 }],
      json: true,
    });
    expect(() => readCapacityConfig(['--jobs', '7'])).toThrow('7 jobs an hour');
  });

  it('admit no more workers than the quota of their tier holds', () => {
    for (const { policy, outside } of tiers) {
      const global = policy.concurrency?.global ?? 3;
      expect(global * 2).toBeLessThanOrEqual(outside.vcpuQuota);
    }
  });
});
