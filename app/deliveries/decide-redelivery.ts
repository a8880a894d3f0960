import type { FailedDelivery } from '../../core/store/failed-deliveries.ts';
import { wantsAction } from '../webhook-events.ts';

/** GitHub delivers again for so long. */
const redeliverableMs = 3 * 24 * 3_600_000;

/** At the very first run older failures are not replayed: they may be of a time before this server. */
const firstLookMs = 3_600_000;

/** An attempt is listed when it has ended, which may be after a later one: so far the list is read once more. */
const lateMs = 5 * 60_000;

/** Afterwards it is not asked for any more. With the distances below that is after more than a day. */
const mostAttempts = 10;

/** What to do about a delivery that is due: ask for it again, or leave it. `given_up` is worth a line in the log. */
export type Redelivery = 'send' | 'settled' | 'given_up';

/** Decides about a delivery that is due. Pure. */
export function decideRedelivery(
  failed: Pick<FailedDelivery, 'state' | 'attempts' | 'first_at'>,
  now: number,
): Redelivery {
  // Asked for again, and no failure was listed since.
  if (failed.state !== 'failed') return 'settled';
  if (now - failed.first_at > redeliverableMs || failed.attempts >= mostAttempts) return 'given_up';
  return 'send';
}

/** How long to wait (ms) before a delivery is asked for again that was so often before: doubled each time, at most 12 h. */
export function redeliveryWait(attempts: number, retryMs: number): number {
  return retryMs * Math.min(2 ** attempts * 2, 1_440);
}

type Listed = Readonly<{ id: number; delivered_at: string }>;

/** Whether a failed attempt may be one that was not read before, where all up to `watermark` were. Pure. */
export function isUnread(
  { id, delivered_at }: Listed,
  { watermark, now }: Readonly<{ watermark: number | undefined; now: number }>,
): boolean {
  const age = now - Date.parse(delivered_at);
  if (watermark === undefined) return age < firstLookMs;
  return age < (id > watermark ? redeliverableMs : lateMs);
}

type Attempt = Readonly<{ event: string; action: string | null; status_code: number }>;

/** True when an attempt failed that would have been taken, and may be taken another time. Pure. */
export function isWorthRedelivery({ event, action, status_code }: Attempt): boolean {
  const arrived = status_code >= 200 && status_code < 300;
  // What is too large stays too large.
  if (arrived || status_code === 413) return false;
  return wantsAction(event, action);
}
