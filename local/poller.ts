import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { aboutMessage } from '../core/about.ts';
import { handleMessage } from '../core/handle-message.ts';
import type { Queue, ReceivedMessage } from '../core/queue.ts';

/** A loop that stands in for a Lambda event source: at most `concurrency` messages at once. */
export type Poller = Readonly<{ close: () => Promise<void> }>;

type Options = Readonly<{
  queue: Queue;
  handle: (message: ReceivedMessage) => Promise<void>;
  concurrency: number;
  visibilitySeconds: number;
  log: Logger;
}>;

/**
 * Feeds a queue's messages to a handler. A message is removed when its handler returns; when it throws, the message
 * becomes visible again by itself, as with a partial batch response, or when its handler said. While a handler is at it,
 * the message stays hidden, however long that takes.
 */
export function startPoller(options: Options): Poller {
  const abort = new AbortController();
  const loops = Array.from({ length: options.concurrency }, () => poll(options, abort.signal));
  return {
    async close() {
      abort.abort();
      await Promise.all(loops);
    },
  };
}

async function poll(options: Options, signal: AbortSignal): Promise<void> {
  const { queue, log } = options;
  while (!signal.aborted) {
    try {
      const messages = await queue.receive({
        max: 1,
        waitSeconds: 20,
        visibilitySeconds: options.visibilitySeconds,
        signal,
      });
      for (const message of messages) await handleOne(options, message);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'receiving from a queue failed');
      await sleep(1000);
    }
  }
}

async function handleOne(options: Options, message: ReceivedMessage): Promise<void> {
  const handled = await hiddenWhile(options, message);
  if (handled.type === 'done') return options.queue.remove(message.receipt);
  const { error, held } = handled;
  const { id, receives } = message;
  const about = { ...aboutMessage(message), message: id, receives, held };
  options.log.warn({ ...about, err: error }, 'a message will be tried again');
}

/** A Lambda ends before its message is visible again; here nothing ends a handler, so that its message is hidden on. */
async function hiddenWhile(options: Options, message: ReceivedMessage) {
  const { queue, visibilitySeconds, log } = options;
  const hide = async () => {
    try {
      await queue.hide(message.receipt, visibilitySeconds);
    } catch (error) {
      // Then it may be delivered twice, which harms nothing.
      log.warn({ err: error, message: message.id }, 'a message could not be hidden on');
    }
  };
  const timer = setInterval(() => void hide(), visibilitySeconds * 400);
  try {
    return await handleMessage(options, message);
  } finally {
    clearInterval(timer);
  }
}
