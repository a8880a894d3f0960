import { Cron as Croner } from 'croner';
import { z } from 'zod';

/** Five fields, as crontab has them. */
export const Cron = z
  .string()
  .trim()
  .max(100)
  .refine(isCron, 'must have the five fields of cron, for example `0 6 * * 1`')
  .refine(
    hasDistance,
    'must leave at least 15 minutes between two runs, for example `*/15 * * * *`',
  );

/** A name of the IANA time zone database. */
export const Timezone = z
  .string()
  .max(60)
  .refine(isTimezone, 'must be a time zone, for example `Europe/Berlin`');

function isCron(pattern: string): boolean {
  try {
    // Without a function nothing is scheduled.
    return new Croner(pattern, { mode: '5-part' }).nextRun() !== null;
  } catch {
    return false;
  }
}

const leastDistanceMs = 15 * 60_000;

/** A day of it is looked at: minutes and hours are the same on each. What is no cron is told by the other rule. */
function hasDistance(pattern: string): boolean {
  if (!isCron(pattern)) return true;
  const times = new Croner(pattern, { mode: '5-part', timezone: 'UTC' })
    .nextRuns(100, new Date('2026-01-01T00:00:00Z'))
    .map((at) => at.getTime());
  return times.every((at, index) => at - (times[index - 1] ?? -Infinity) >= leastDistanceMs);
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
