import { describe, expect, it } from 'vitest';
import { Cron } from '../../../core/repo-config/cron.ts';
import { latestTime, nextTime } from '../../../core/repo-config/schedule-times.ts';

const at = (iso: string) => Date.parse(iso);
const berlin = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };

describe('the next time', () => {
  it('is in UTC when the file names no time zone, and never the moment itself', () => {
    const daily = { cron: '0 6 * * *' };
    expect(nextTime(daily, at('2026-01-01T05:59:59.999Z'))).toBe(at('2026-01-01T06:00:00Z'));
    expect(nextTime(daily, at('2026-01-01T06:00:00Z'))).toBe(at('2026-01-02T06:00:00Z'));
  });

  it('follows the clocks of its time zone, and comes once on days that they change', () => {
    const march = at('2026-03-28T12:00:00Z');
    const left = nextTime(berlin, march)!;
    expect(left).toBe(at('2026-03-29T01:00:00Z'));
    expect(nextTime(berlin, left)).toBe(at('2026-03-30T00:30:00Z'));
    const twice = nextTime(berlin, at('2026-10-24T12:00:00Z'))!;
    expect(twice).toBe(at('2026-10-25T00:30:00Z'));
    expect(nextTime(berlin, twice)).toBe(at('2026-10-26T01:30:00Z'));
  });

  it('is none for a day that never comes', () => {
    expect(nextTime({ cron: '0 0 30 2 *' }, at('2026-01-01T00:00:00Z'))).toBeUndefined();
  });
});

it('finds the latest time between two moments, and none before the first', () => {
  const hourly = { cron: '0 * * * *' };
  const [from, upTo] = [at('2026-03-10T03:00:00Z'), at('2026-03-10T05:59:00Z')];
  expect(latestTime(hourly, { from, upTo })).toBe(at('2026-03-10T05:00:00Z'));
  expect(latestTime(hourly, { from, upTo: from })).toBe(from);
  expect(latestTime(hourly, { from: from + 1, upTo: from + 1000 })).toBeUndefined();
});

it('takes no cron with less than 15 minutes between two runs', () => {
  for (const cron of ['*/15 * * * *', '0 3 * * *', '0,30 9-17 * * 1-5', '5 0 1 1 *'])
    expect(Cron.safeParse(cron).success).toBe(true);
  for (const cron of ['* * * * *', '*/10 * * * *', '0,5 3 * * 1', '0,59 * * * *']) {
    const { error } = Cron.safeParse(cron);
    expect(error?.issues.map(({ message }) => message).join()).toContain('at least 15 minutes');
  }
});
