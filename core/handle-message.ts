import { TransientError } from './errors.ts';
import type { Queue } from './queue.ts';

/** What came of a message: handled, or to be delivered again. `held` says that it was told when. */
export type Handled = Readonly<{ type: 'done' } | { type: 'again'; error: unknown; held: boolean }>;

type Deps<M> = Readonly<{
  handle: (message: M) => Promise<void>;
  /** Where the message came from; without it a message that failed comes again when its time-out is over. */
  queue: Pick<Queue, 'hide'> | undefined;
}>;

/** GitHub names an hour at the most. */
const longestSeconds = 3_600;

/**
 * Hands a message to its handler. When that says how long to wait, the message stays hidden for so long, because a
 * message that comes sooner only uses up its receives. Never throws.
 */
export async function handleMessage<M extends Readonly<{ receipt: string }>>(
  { handle, queue }: Deps<M>,
  message: M,
): Promise<Handled> {
  try {
    await handle(message);
    return { type: 'done' };
  } catch (error) {
    const ms = error instanceof TransientError ? error.retryAfterMs : undefined;
    if (ms === undefined || !queue) return { type: 'again', error, held: false };
    const seconds = Math.min(longestSeconds, Math.max(1, Math.ceil(ms / 1000)));
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
