import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Queue, ReceivedMessage } from '../../core/queue.ts';
import { type AppProcess, Crashed, type FunctionName } from './app-process.ts';

/** What AWS calls functions with: messages of queues, ticks of a schedule, ends of tasks. */
export type EventSources = Readonly<{
  /** Messages and ticks that are being handled. */
  busy: () => number;
  close: () => Promise<void>;
}>;

/** A queue and the function that gets its messages. */
export type QueueSource = Readonly<{ queue: Queue; name: FunctionName; concurrency: number }>;

type Options = Readonly<{
  app: AppProcess;
  queues: readonly QueueSource[];
  /** How long a received message is hidden. */
  visibilitySeconds: number;
  sweepMs: number;
  failed: (error: unknown) => void;
}>;

const Batch = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/** Starts polling and ticking. */
export function startEventSources(options: Options): EventSources {
  const abort = new AbortController();
  let busy = 0;
  const during = async (work: () => Promise<void>) => {
    busy += 1;
    try {
      await work();
    } catch (error) {
      if (!abort.signal.aborted) options.failed(error);
    } finally {
      busy -= 1;
    }
  };
  const poll = async (source: QueueSource) => {
    while (!abort.signal.aborted) {
      const messages = await receive(options, source, abort.signal);
      for (const message of messages) await during(() => handle(options, source, message));
    }
  };
  const tick = async () => {
    while (!abort.signal.aborted) {
      await during(async () => void (await options.app.invoke('sweep', {})));
      await sleep(options.sweepMs, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  };
  const loops = [
    ...options.queues.flatMap((source) =>
      Array.from({ length: source.concurrency }, () => poll(source)),
    ),
    tick(),
  ];
  return {
    busy: () => busy,
    close: async () => {
      abort.abort();
      await Promise.all(loops);
    },
  };
}

async function receive(options: Options, { queue }: QueueSource, signal: AbortSignal) {
  try {
    const { visibilitySeconds } = options;
    return await queue.receive({ max: 1, waitSeconds: 20, visibilitySeconds, signal });
  } catch (error) {
    if (signal.aborted) return [];
    options.failed(error);
    await sleep(200);
    return [];
  }
}

/** One message as a batch of one, removed when the function did not name it as failed. */
async function handle(
  { app }: Options,
  { queue, name }: QueueSource,
  message: ReceivedMessage,
): Promise<void> {
  const event = { Records: [recordOf(message)] };
  try {
    const { batchItemFailures } = Batch.parse(await app.invoke(name, event));
    if (batchItemFailures.length === 0) await queue.remove(message.receipt);
  } catch (error) {
    // The message would be hidden for two minutes; times are shorter here.
    if (error instanceof Crashed) await queue.hide(message.receipt, 1);
    throw error;
  }
}

function recordOf({ id, receipt, body, attributes }: ReceivedMessage) {
  return {
    messageId: id,
    receiptHandle: receipt,
    body,
    messageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, stringValue]) => [name, { stringValue }]),
    ),
  };
}
