import { Stopped } from '../../core/errors.ts';
import type { ModelMessage, SideIntent, SideResult } from '../../core/journal.ts';

/** Calls of the model beside the conversation, as the journal holds them. */
export type SideCalls = Readonly<{
  /** Sent, and not yet settled. */
  open: SideIntent | undefined;
  results: readonly SideResult[];
  /** The conversation so far, up to the last answer that asked for tools; empty between questions. */
  messages: readonly ModelMessage[];
}>;

/** Before any such call. */
export const noSideCalls: SideCalls = { open: undefined, results: [], messages: [] };

/** What such a call is for. */
export type Purpose = SideIntent['purpose'];

// A call that a shutdown or a dead worker took away is made once more; nothing else is tried again.
const MAX_TRIES = 2;

/** The result that counts for a purpose; undefined while a call for it may still be made. */
export function settledResult(calls: SideCalls, purpose: Purpose): SideResult | undefined {
  const own = calls.results.filter((result) => result.purpose === purpose);
  const last = own.at(-1);
  // Interrupted between two calls: it goes on from there.
  if (last?.status === 'continued') return undefined;
  const lost = own.filter((result) => result.status === 'lost').length;
  return last?.status === 'lost' && lost < MAX_TRIES ? undefined : last;
}

/** The conversation for a purpose so far; one for another purpose that was left off is not gone on with. */
export function saidFor(
  { messages, results }: Pick<SideCalls, 'messages' | 'results'>,
  purpose: Purpose,
): readonly ModelMessage[] {
  return results.at(-1)?.purpose === purpose ? messages : [];
}

/** The calls after one of them is settled. */
export function withSideResult({ open, ...calls }: SideCalls, result: SideResult): SideCalls {
  const results = [...calls.results, result];
  const said = saidFor(calls, result.purpose);
  const { status, content } = result;
  // What was lost is asked again behind the same messages.
  if (status === 'lost') return { open: undefined, results, messages: said };
  const asked = open?.message;
  if (status !== 'continued' || !asked || !content)
    return { open: undefined, results, messages: [] };
  const messages = [...said, asked, { role: 'assistant' as const, content }];
  return { open: undefined, results, messages };
}

/** What all calls for a purpose have cost, in micro-USD. */
export function spentOn({ results }: SideCalls, purpose: Purpose): number {
  const own = results.filter((result) => result.purpose === purpose);
  return own.reduce((sum, result) => sum + result.cost_micro_usd, 0);
}

/** True when a shutdown took the last call away, so that nothing may be decided without it. */
export function isQuestionLost(calls: SideCalls, signal: AbortSignal): boolean {
  const reason: unknown = signal.reason;
  const isShutdown = reason instanceof Stopped && reason.reason === 'shutdown';
  const status = calls.results.at(-1)?.status;
  return isShutdown && (status === 'lost' || status === 'continued');
}
