import type { Logger } from 'pino';
import { z } from 'zod';
import { aboutMessage } from '../../core/about.ts';
import { handleMessage } from '../../core/handle-message.ts';
import type { Queue } from '../../core/queue.ts';
import type { Handle } from '../ingest.ts';

/** What we read of an SQS event (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"). */
const QueueEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z
        .object({ ApproximateReceiveCount: z.coerce.number().int().positive().default(1) })
        .default({ ApproximateReceiveCount: 1 }),
      messageAttributes: z
        .record(z.string(), z.object({ stringValue: z.string().optional() }))
        .default({}),
    }),
  ),
});

/** The messages that SQS delivers again; the others are done. */
export type BatchAnswer = Readonly<{
  batchItemFailures: readonly Readonly<{ itemIdentifier: string }>[];
}>;

type Deps = Readonly<{
  handle: Handle;
  /** The queue behind the event; undefined where there is more than one. */
  queue: Pick<Queue, 'hide'> | undefined;
  /** From 0 to below 1; spreads what waits. Default: Math.random. */
  random?: () => number;
  log: Pick<Logger, 'error'>;
}>;

/** Hands each message of an event to the handler. Throws when the event is none of a queue. */
export async function handleBatch(deps: Deps, event: unknown): Promise<BatchAnswer> {
  const { Records } = QueueEvent.parse(event);
  const failures = await Promise.all(
    Records.map(async ({ messageId, receiptHandle, body, attributes: sent, messageAttributes }) => {
      const attributes = Object.entries(messageAttributes).flatMap(([name, value]) =>
        value.stringValue === undefined ? [] : [[name, value.stringValue] as const],
      );
      const message = {
        id: messageId,
        receipt: receiptHandle,
        receives: sent.ApproximateReceiveCount,
        body,
        attributes: Object.fromEntries(attributes),
      };
      const handled = await handleMessage(deps, message);
      if (handled.type === 'done') return [];
      const about = { ...aboutMessage(message), message: messageId };
      deps.log.error({ ...about, err: handled.error }, 'Message failed');
      return [{ itemIdentifier: messageId }];
    }),
  );
  return { batchItemFailures: failures.flat() };
}
