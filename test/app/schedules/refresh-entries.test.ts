import { describe, expect, it } from 'vitest';
import {
  begun,
  dueOf,
  dueTime,
  movedOn,
  refreshEntries,
} from '../../../app/schedules/refresh-entries.ts';
import type { ScheduleEntry } from '../../../core/store/schedules.ts';

const at = (iso: string) => Date.parse(iso);
const nightly = { name: 'nightly', cron: '0 3 * * *' };
const entry: ScheduleEntry = { ...nightly, due_at: at('2026-03-10T03:00:00Z') };

describe('a schedule', () => {
  it('is not due before its time, nor when it left the file', () => {
    const before = at('2026-03-10T02:59:59Z');
    expect(dueTime(entry, before)).toEqual({ type: 'none' });
    expect(dueTime({ ...entry, off: true }, at('2026-03-10T03:00:00Z'))).toEqual({ type: 'none' });
  });

  it('runs for up to an hour after its time, and is missed later', () => {
    const run = { type: 'run', at: entry.due_at };
    expect(dueTime(entry, at('2026-03-10T03:00:00Z'))).toEqual(run);
    expect(dueTime(entry, at('2026-03-10T04:00:00Z'))).toEqual(run);
    expect(dueTime(entry, at('2026-03-10T04:00:01Z'))).toEqual({ type: 'missed' });
  });

  it('runs once for all times that passed while the server was down', () => {
    const hourly = { ...entry, cron: '*/15 * * * *' };
    const now = at('2026-03-13T09:20:00Z');
    expect(dueTime(hourly, now)).toEqual({ type: 'run', at: at('2026-03-13T09:15:00Z') });
    expect(movedOn(hourly, { now })).toMatchObject({ due_at: at('2026-03-13T09:30:00Z') });
  });

  it('is not missed when it was others that kept it waiting', () => {
    const waiting = { ...entry, waiting: true };
    expect(dueTime(waiting, at('2026-03-10T20:00:00Z'))).toEqual({ type: 'run', at: entry.due_at });
  });

  it('forgets the note of the time before, and keeps its latest run', () => {
    const noted = { ...entry, note: 'missed', waiting: true, request_id: 'a' };
    const now = entry.due_at + 1;
    const next = { ...nightly, due_at: at('2026-03-11T03:00:00Z') };
    expect(movedOn(noted, { now })).toEqual({ ...next, request_id: 'a' });
    expect(movedOn(noted, { now, request_id: 'b' })).toEqual({ ...next, request_id: 'b' });
  });
});

describe('the schedules of a file', () => {
  const now = at('2026-03-10T12:00:00Z');
  const standing = { ...nightly, prompt: 'x' };
  const tomorrow = at('2026-03-11T03:00:00Z');

  it('get their first time after the file was read', () => {
    expect(refreshEntries([], [standing], now)).toEqual([{ ...nightly, due_at: tomorrow }]);
  });

  it('keep their time while they stay the same, also when it has come', () => {
    expect(refreshEntries([entry], [standing], now)).toEqual([entry]);
  });

  it('get the next time when it is changed, so that the old one does not run', () => {
    const [changed] = refreshEntries([entry], [{ ...standing, timezone: 'Asia/Tokyo' }], now);
    expect(changed).toMatchObject({ due_at: at('2026-03-10T18:00:00Z') });
    expect(dueTime(changed!, now)).toEqual({ type: 'none' });
  });

  it('are not run once they are gone, and know their latest run when they come back', () => {
    const gone = refreshEntries(
      [
        { ...entry, request_id: 'a' },
        { ...entry, name: 'other' },
      ],
      [],
      now,
    );
    expect(gone).toEqual([{ ...entry, request_id: 'a', off: true }]);
    expect(dueOf(gone)).toBeUndefined();
    const back = refreshEntries(gone, [standing], now);
    expect(back).toEqual([{ ...nightly, due_at: tomorrow, request_id: 'a' }]);
  });
});

describe('a time that was begun', () => {
  const hourly = { name: 'hourly', cron: '0 * * * *', due_at: Date.UTC(2026, 0, 5, 3) };
  const crashed = { ...hourly, begun_at: Date.UTC(2026, 0, 5, 3) };

  it('stays the one that is started, also when the next one has come', () => {
    const now = Date.UTC(2026, 0, 5, 4);
    expect(dueTime(crashed, now)).toEqual({ type: 'run', at: crashed.begun_at });
    expect(dueTime(crashed, now + 1)).toEqual({ type: 'run', at: crashed.begun_at, late: true });
    expect(movedOn(crashed, { now, request_id: 'r' })).toEqual({
      ...hourly,
      request_id: 'r',
      due_at: Date.UTC(2026, 0, 5, 5),
    });
  });

  it('is not forgotten when the schedule changes or leaves the file meanwhile', () => {
    const now = Date.UTC(2026, 0, 5, 3, 1);
    const standing = { name: 'hourly', cron: '30 * * * *', prompt: 'x' };
    const [changed] = refreshEntries([crashed], [standing], now);
    expect(dueTime(changed!, now)).toEqual({ type: 'run', at: crashed.begun_at });
    expect(movedOn(changed!, { now, request_id: 'r' })).toMatchObject({
      cron: '30 * * * *',
      due_at: Date.UTC(2026, 0, 5, 3, 30),
    });
    const gone = refreshEntries([crashed], [], now);
    expect(gone).toEqual([{ ...crashed, off: true }]);
    expect(refreshEntries(gone, [standing], now)).toEqual([changed]);
  });

  it('is noted for as many as may start, the oldest first', () => {
    const late = { ...hourly, name: 'late', due_at: hourly.due_at - 3_600_000 };
    const later = { ...hourly, name: 'later', due_at: Date.UTC(2026, 0, 6) };
    const now = Date.UTC(2026, 0, 5, 3, 30);
    const at = Date.UTC(2026, 0, 5, 3);
    expect(begun([hourly, later, late], { now, room: 1 })).toEqual([
      hourly,
      later,
      { ...late, begun_at: at },
    ]);
  });
});
