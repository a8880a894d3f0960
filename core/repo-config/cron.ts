import { Cron as Croner } from 'croner';
import { z } from 'zod';

/** Five fields, as crontab has them. */
export const Cron = z
  .string()
  .trim()
  .max(100)
  .refine(isCron, 'must have the five fields of cron, for example `0 6 * * 1`');

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

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
