import type { z } from 'zod';
import type { Policy } from '../../core/policy.ts';

/** What stands outside of our settings: quotas and limits of others. */
export type Outside = Readonly<{
  /** Service Quotas, "Fargate On-Demand vCPU resource count". */
  vcpuQuota: number;
  /** Of the organization's key; input that was read from the cache does not count. */
  model: Readonly<{ inputPerMinute: number; outputPerMinute: number }>;
  /** RunTask calls that ECS takes in a second for Fargate, and how many it lets come at once. */
  runTask: Readonly<{ perSecond: number; burst: number }>;
}>;

/** A load and the settings that are meant for it. */
export type Tier = Readonly<{
  name: string;
  jobsPerHour: number;
  installations: number;
  /** The part of all jobs that come from the busiest installation. */
  busiestShare: number;
  repositoriesEach: number;
  usersEach: number;
  /** How much time is simulated. */
  minutes: number;
  outside: Outside;
  policy: z.input<typeof Policy>;
}>;

/** Amazon ECS: RunTask on Fargate, sustained 20 a second with bursts of 100 ("Fargate throttling quotas"). */
const runTask = { perSecond: 20, burst: 100 };

/*
 * What is assumed of a job, from facts that were measured on other things: six minutes on average, 40 turns, a dollar.
 */
export const jobFacts = {
  vcpu: 2,
  /** From RunTask to the claim, in ms: between these, the pull of the image for the most part. */
  launchMs: [25_000, 60_000],
  /** Work, in minutes: its median and how it is spread (log-normal); 6 on average. */
  workMinutes: { median: 4.8, sigma: 0.67 },
  /** USD: the same; a dollar on average, and never above the job's budget. */
  costUsd: { median: 0.8, sigma: 0.67 },
  /** Tokens of the whole job that count for the model's limits. */
  tokens: { input: 150_000, output: 20_000 },
  /** Calls that create content, one after the other: pull request, reviewer, the check run and its buttons. */
  publishWrites: 4,
  /** Commit, trees and ref: writes that only keep their distance. */
  plainWrites: 4,
} as const;

export const tiers: readonly Tier[] = [
  {
    name: '10 jobs an hour',
    jobsPerHour: 10,
    installations: 3,
    busiestShare: 0.5,
    repositoriesEach: 5,
    usersEach: 3,
    minutes: 480,
    // What a new account has.
    outside: {
      vcpuQuota: 6,
      model: { inputPerMinute: 450_000, outputPerMinute: 90_000 },
      runTask,
    },
    policy: {},
  },
  {
    name: '1,000 jobs an hour',
    jobsPerHour: 1_000,
    installations: 40,
    busiestShare: 0.05,
    repositoriesEach: 30,
    usersEach: 40,
    minutes: 120,
    outside: {
      vcpuQuota: 320,
      model: { inputPerMinute: 4_000_000, outputPerMinute: 800_000 },
      runTask,
    },
    policy: {
      concurrency: { global: 160, installation: 20, repository: 2 },
      budget: { user_day: 100, installation_month: 20_000 },
    },
  },
  {
    name: '10,000 jobs an hour',
    jobsPerHour: 10_000,
    installations: 400,
    busiestShare: 0.005,
    repositoriesEach: 30,
    usersEach: 40,
    minutes: 45,
    outside: {
      vcpuQuota: 2_600,
      model: { inputPerMinute: 40_000_000, outputPerMinute: 8_000_000 },
      runTask,
    },
    policy: {
      concurrency: { global: 1_300, installation: 20, repository: 2 },
      budget: { user_day: 100, installation_month: 20_000 },
    },
  },
];
