import { latestTime, nextTime } from '../../core/repo-config/schedule-times.ts';
import type { StandingSchedule } from '../../core/repo-config/standing-schedules.ts';
import type { ScheduleEntry } from '../../core/store/schedules.ts';

/** What is due of a schedule: `at` is the time (Unix ms) that stands for all that have passed. */
export type DueTime =
  | Readonly<{ type: 'none' }>
  /** `late`: it was begun, and only what came of it is to be found out. */
  | Readonly<{ type: 'run'; at: number; late?: true }>
  | Readonly<{ type: 'missed' }>;

/** A time that passed while the server was down still counts for so long. */
const graceMs = 3_600_000;

/** One that had to wait for others counts for longer: as many as run at one minute take hours. */
const waitingGraceMs = 24 * 3_600_000;

/** Of all times that have passed only the latest counts, and only while it is young. Pure. */
export function dueTime(entry: ScheduleEntry, now: number): DueTime {
  if (entry.off || entry.due_at > now) return { type: 'none' };
  const grace = entry.waiting ? waitingGraceMs : graceMs;
  const { begun_at } = entry;
  if (begun_at !== undefined)
    return { type: 'run', at: begun_at, ...(now - begun_at > grace ? { late: true } : {}) };
  const at = latestTime(entry, { from: entry.due_at, upTo: now });
  return at !== undefined && now - at <= grace ? { type: 'run', at } : { type: 'missed' };
}

/** The entry after its time has come, with the next one. Pure. */
export function movedOn(
  entry: ScheduleEntry,
  { now, ...latest }: Readonly<{ now: number; request_id?: string; note?: string }>,
): ScheduleEntry {
  const { note: _note, waiting: _waiting, begun_at: _begun, ...rest } = entry;
  return timed({ ...rest, ...latest }, now);
}

/** The entries with those marked that are started now: the first `room` of what is due, by their times. Pure. */
export function begun(
  entries: readonly ScheduleEntry[],
  { now, room }: Readonly<{ now: number; room: number }>,
): readonly ScheduleEntry[] {
  const due = entries
    .flatMap((entry) => {
      const time = dueTime(entry, now);
      return time.type === 'run' ? [{ name: entry.name, due_at: entry.due_at, at: time.at }] : [];
    })
    .toSorted((a, b) => a.due_at - b.due_at)
    .slice(0, room);
  const times = new Map(due.map(({ name, at }) => [name, at]));
  return entries.map((entry) => {
    const begun_at = times.get(entry.name);
    return begun_at === undefined ? entry : { ...entry, begun_at };
  });
}

/** Schedules that left the file and are remembered. */
const maxOff = 50;

/**
 * The entries of a repository by its file as it stands now. What has not changed keeps its due time, what is new or has
 * another time gets the next one, and what is gone does not run. Pure.
 */
export function refreshEntries(
  before: readonly ScheduleEntry[],
  standing: readonly StandingSchedule[],
  now: number,
): readonly ScheduleEntry[] {
  const on = standing.map(({ name, cron, timezone }) => {
    const known = before.find((entry) => entry.name === name);
    const same = known && !known.off && known.cron === cron && known.timezone === timezone;
    if (same) return known;
    const request_id = known?.request_id;
    const timing = { name, cron, ...(timezone === undefined ? {} : { timezone }) };
    const latest = request_id ? { request_id } : {};
    // Its request may be there already: what came of it is found out before the new times count.
    if (known?.begun_at !== undefined)
      return { ...timing, ...latest, due_at: known.due_at, begun_at: known.begun_at };
    return timed({ ...timing, due_at: now, ...latest }, now);
  });
  const names = new Set(standing.map(({ name }) => name));
  const gone = before.filter(
    ({ name, request_id, begun_at }) => !names.has(name) && (request_id ?? begun_at),
  );
  return [...on, ...gone.slice(0, maxOff).map((entry) => ({ ...entry, off: true }))];
}

/** When a book with these entries has to be looked at; undefined when nothing in it runs. Pure. */
export function dueOf(entries: readonly ScheduleEntry[]): number | undefined {
  const times = entries.filter(({ off }) => !off).map(({ due_at }) => due_at);
  return times.length === 0 ? undefined : Math.min(...times);
}

function timed(entry: ScheduleEntry, now: number): ScheduleEntry {
  const next = nextTime(entry, now);
  return next === undefined ? { ...entry, off: true } : { ...entry, due_at: next };
}
