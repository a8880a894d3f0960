import { Cron as Croner } from 'croner';

/** When something runs: five fields of cron, in a time zone of the IANA database (default UTC). */
export type Timing = Readonly<{ cron: string; timezone?: string | undefined }>;

/**
 * The first time (Unix ms) after a moment, or undefined when none comes any more. A time that a change of the clocks
 * leaves out is the moment of the change. Pure; throws for what is no cron.
 */
export function nextTime({ cron, timezone = 'UTC' }: Timing, after: number): number | undefined {
  const next = new Croner(cron, { mode: '5-part', timezone }).nextRun(new Date(after));
  return next?.getTime();
}

/** How far back `latestTime` looks: what is older than a day is of no use to anybody. */
const longestLookMs = 24 * 3_600_000;

/** The last time from one moment up to another, both included; undefined when there is none in their last day. Pure. */
export function latestTime(
  timing: Timing,
  { from, upTo }: Readonly<{ from: number; upTo: number }>,
): number | undefined {
  let latest: number | undefined;
  let next = nextTime(timing, Math.max(from, upTo - longestLookMs) - 1);
  while (next !== undefined && next <= upTo) {
    latest = next;
    next = nextTime(timing, next);
  }
  return latest;
}
