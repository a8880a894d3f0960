/** What a load came to. Times in seconds, amounts in USD. */
export type Figures = Readonly<{
  tier: string;
  minutes: number;
  jobs: Readonly<{
    asked: number;
    refused: number;
    started: number;
    ended: number;
    waiting: number;
  }>;
  /** From the command to the first worker's claim. */
  waitSeconds: Spread;
  /** The same for the busiest installation, which also sends a burst, and for all others. */
  fairness: Readonly<{ burst: number; busiest: Spread; others: Spread }>;
  /** From the end of the work to the pull request. */
  publishSeconds: Spread;
  /** The oldest waiting job at any full minute. */
  oldestWaitingSeconds: number;
  /** Job minutes of waiting, by what was waited for. */
  waitedFor: Readonly<Record<string, number>>;
  spend: Readonly<{ model: number; fargate: number; perHour: number }>;
  writesPutOff: number;
  /** Marks on comments that were given up, because their message had come so often. */
  deadLetters: number;
  /** Launches that ECS refused. */
  refusedLaunches: Readonly<{ throttled: number; overQuota: number }>;
  /** The highest use of each wall, the highest first: 1 is the wall. */
  walls: readonly Readonly<{ wall: string; peak: number; limit: number; share: number }>[];
}>;

/** Median, 95th percentile and the longest. */
export type Spread = Readonly<{ p50: number; p95: number; max: number }>;

/** The spread of times in ms, in seconds. */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1000,
    );
  return { p50: at(0.5), p95: at(0.95), max: at(1) };
}

/** The figures as text, one fact per line. */
export function describeFigures(figures: Figures): string {
  const { jobs, fairness, spend, walls, refusedLaunches: refused } = figures;
  const waits = Object.entries(figures.waitedFor).toSorted(([, a], [, b]) => b - a);
  return [
    `${figures.tier}, ${figures.minutes} minutes`,
    `  jobs      ${jobs.asked} asked, ${jobs.refused} over budget, ${jobs.started} started, ${jobs.ended} ended, ${jobs.waiting} wait`,
    `  wait      ${words(figures.waitSeconds)}; oldest at any minute ${figures.oldestWaitingSeconds} s`,
    `  fairness  busiest, with a burst of ${fairness.burst}: ${words(fairness.busiest)}; others: ${words(fairness.others)}`,
    `  publish   ${words(figures.publishSeconds)}; ${figures.writesPutOff} writes put off, ${figures.deadLetters} dead letters`,
    `  waits     ${waits.map(([reason, minutes]) => `${reason}: ${minutes} job min`).join('; ') || 'none'}`,
    `  launches  ${refused.throttled} throttled, ${refused.overQuota} over the quota`,
    `  spend     $${spend.model} model, $${spend.fargate} Fargate: $${spend.perHour} an hour`,
    ...walls.map(
      ({ wall, peak, limit, share }, index) =>
        `  ${index === 0 ? 'first wall' : '          '} ${wall}: ${peak} of ${limit} (${Math.round(share * 100)} %)`,
    ),
  ].join('\n');
}

function words({ p50, p95, max }: Spread): string {
  return `p50 ${p50} s, p95 ${p95} s, max ${max} s`;
}
