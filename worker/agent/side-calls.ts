import { Stopped } from '../../core/errors.ts';
import type { SideIntent, SideResult } from '../../core/journal.ts';

/** Calls of the model beside the conversation, as the journal holds them. */
export type SideCalls = Readonly<{
  /** Sent, and not yet settled. */
  open: SideIntent | undefined;
  results: readonly SideResult[];
}>;

/** Before any such call. */
export const noSideCalls: SideCalls = { open: undefined, results: [] };

/** What such a call is for. */
export type Purpose = SideIntent['purpose'];

// A call that a shutdown or a dead worker took away is made once more; nothing else is tried again.
const MAX_TRIES = 2;

/** The result that counts for a purpose; undefined while a call for it may still be made. */
export function settledResult(calls: SideCalls, purpose: Purpose): SideResult | undefined {
  const own = calls.results.filter((result) => result.purpose === purpose);
  const last = own.at(-1);
  return last?.status === 'lost' && own.length < MAX_TRIES ? undefined : last;
}

/** True when a shutdown took the last call away, so that nothing may be decided without it. */
export function isQuestionLost(calls: SideCalls, signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  const isShutdown = reason instanceof Stopped && reason.reason === 'shutdown';
  return isShutdown && calls.results.at(-1)?.status === 'lost';
}
