import { TransientError } from './errors.ts';
import { jittered } from './jittered.ts';
import type { Queue } from './queue.ts';

/** What came of a message: handled, or to be delivered again. `held` says that it was told when. */
export type Handled = Readonly<{ type: 'done' } | { type: 'again'; error: unknown; held: boolean }>;

type Deps<M> = Readonly<{
  handle: (message: M) => Promise<void>;
  /** Where the message came from; without it a message that failed comes again when its time-out is over. */
  queue: Pick<Queue, 'hide'> | undefined;
  /** From 0 to below 1; spreads what waits. Default: Math.random. */
  random?: () => number;
}>;

/** GitHub names an hour at the most. */
const longestMs = 3_600_000;

/**
 * How long a message stays away whose handler was told to wait so long (`ms`): with each receive twice as long, because
 * the receives are few and whoever waits for the same thing may be many, and with a random share more. In ms.
 */
export function awayMs(ms: number, receives: number, random: number): number {
  return jittered(Math.min(longestMs, ms * 2 ** (receives - 1)), random);
}

/**
 * Hands a message to its handler. When that says how long to wait, the message stays hidden for so long, because a
 * message that comes sooner only uses up its receives. Never throws.
 */
export async function handleMessage<M extends Readonly<{ receipt: string; receives: number }>>(
  { handle, queue, random = Math.random }: Deps<M>,
  message: M,
): Promise<Handled> {
  try {
    await handle(message);
    return { type: 'done' };
  } catch (error) {
    const ms = error instanceof TransientError ? error.retryAfterMs : undefined;
    if (ms === undefined || !queue) return { type: 'again', error, held: false };
    const seconds = Math.max(1, Math.ceil(awayMs(ms, message.receives, random()) / 1000));
    return { type: 'again', error, held: await isHidden(queue, message.receipt, seconds) };
  }
}

async function isHidden(
  queue: Pick<Queue, 'hide'>,
  receipt: string,
  seconds: number,
): Promise<boolean> {
  try {
    await queue.hide(receipt, seconds);
    return true;
  } catch {
    // Then it comes again when its time-out is over: sooner or later than was asked for, but it comes.
    return false;
  }
}
