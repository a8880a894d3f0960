import { z } from 'zod';

/** How many writes began in a slice of time; the slice's number is its start divided by its width. */
const Slices = z.array(z.tuple([z.number().int(), z.number().int()])).readonly();
type Slices = z.infer<typeof Slices>;

/** What one installation has written to GitHub lately, for all processes. Times are Unix ms. */
export const PacingState = z.object({
  version: z.number().int().default(0),
  /** No write starts before this, so that writes keep their distance. */
  next_at: z.number().default(0),
  /** GitHub asked for silence until then. */
  paused_until: z.number().default(0),
  minute: Slices.default([]),
  hour: Slices.default([]),
});
export type PacingState = z.infer<typeof PacingState>;

/** What GitHub allows an installation, and how long a minute of its clock lasts (ms; shorter in tests only). */
export type PacingLimits = Readonly<{
  contentPerMinute: number;
  contentPerHour: number;
  minuteMs: number;
  /** Least distance between the starts of two writes, in ms. */
  distanceMs: number;
}>;

/** A write that wants to start: whether it creates content, and whether it may stand back for others. */
export type Wish = Readonly<{ content: boolean; urgency: 'normal' | 'low' }>;

/** A window is counted in this many slices. */
const parts = 20;

/**
 * Any window touches one slice more than it has parts; another one is for calls that arrive later than they started.
 * The price is a tenth of the rate.
 */
const covered = parts + 2;

/** What may stand back leaves a fifth of each limit to the others. */
const lowShare = 0.8;

type Moment = Readonly<{ wish: Wish; limits: PacingLimits; now: number }>;

/** When (Unix ms) the write may start: now, or the first moment at which neither limit would be broken. Pure. */
export function earliestStart(state: PacingState, { wish, limits, now }: Moment): number {
  const at = Math.max(now, state.next_at, state.paused_until);
  if (!wish.content) return at;
  const share = wish.urgency === 'low' ? lowShare : 1;
  const [minute, hour] = windows(limits);
  return Math.max(
    fits(state.minute, { ...minute, limit: Math.floor(minute.limit * share), at }),
    fits(state.hour, { ...hour, limit: Math.floor(hour.limit * share), at }),
  );
}

/** The state once the write has its start: at that moment it counts as made. Pure. */
export function withStart(
  state: PacingState,
  { wish, limits, at }: Readonly<{ wish: Wish; limits: PacingLimits; at: number }>,
): PacingState {
  const [minute, hour] = windows(limits);
  const add = wish.content ? 1 : 0;
  return {
    ...state,
    version: state.version + 1,
    next_at: at + limits.distanceMs,
    minute: counted(state.minute, { width: minute.width, at, add }),
    hour: counted(state.hour, { width: hour.width, at, add }),
  };
}

/** A pause lasts an hour at most, starts are given for some seconds ahead, and clocks differ a little. */
const mostAheadMs = 70 * 60_000;

/**
 * The state without what a clock that was far ahead has left in it: it would keep everybody from writing until then.
 * Pure.
 */
export function withoutFuture(
  state: PacingState,
  { limits, now }: Readonly<{ limits: PacingLimits; now: number }>,
): PacingState {
  const latest = now + mostAheadMs;
  const sane = (at: number) => (at > latest ? 0 : at);
  const [minute, hour] = windows(limits);
  const past = (slices: Slices, { width }: Readonly<{ width: number }>) =>
    slices.filter(([slice]) => slice * width <= latest);
  return {
    ...state,
    next_at: sane(state.next_at),
    paused_until: sane(state.paused_until),
    minute: past(state.minute, minute),
    hour: past(state.hour, hour),
  };
}

function windows({ minuteMs, contentPerMinute, contentPerHour }: PacingLimits) {
  return [
    { width: minuteMs / parts, limit: contentPerMinute },
    { width: (minuteMs * 60) / parts, limit: contentPerHour },
  ] as const;
}

/** The first moment from `at` on at which one more fits. */
function fits(
  slices: Slices,
  { width, limit, at }: Readonly<{ width: number; limit: number; at: number }>,
): number {
  const recent = recentOf(slices, Math.floor(at / width));
  let used = recent.reduce((sum, [, count]) => sum + count, 0);
  let start = at;
  for (const [slice, count] of recent) {
    if (used < limit) break;
    used -= count;
    start = Math.ceil((slice + covered) * width);
  }
  return start;
}

function counted(
  slices: Slices,
  { width, at, add }: Readonly<{ width: number; at: number; add: number }>,
): Slices {
  const present = Math.floor(at / width);
  const recent = recentOf(slices, present);
  if (add === 0) return recent;
  const here = recent.find(([slice]) => slice === present)?.[1] ?? 0;
  return [...recent.filter(([slice]) => slice !== present), [present, here + add]];
}

/** In the order of time: a start is never before the one that was given last. */
function recentOf(slices: Slices, present: number): Slices {
  return slices.filter(([slice]) => slice > present - covered);
}
