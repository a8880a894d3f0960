import { z } from 'zod';
import type { Handle } from '../ingest.ts';

/** What we read of an SQS event (AWS Lambda Developer Guide, "Using Lambda with Amazon SQS"). */
const QueueEvent = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      body: z.string(),
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

/** Hands each message of an event to the handler. Throws when the event is none of a queue. */
export async function handleBatch(
  handle: Handle,
  event: unknown,
  failed: (error: unknown) => void,
): Promise<BatchAnswer> {
  const { Records } = QueueEvent.parse(event);
  const failures = await Promise.all(
    Records.map(async (record) => {
      const attributes = Object.entries(record.messageAttributes).flatMap(([name, value]) =>
        value.stringValue === undefined ? [] : [[name, value.stringValue] as const],
      );
      try {
        await handle({
          id: record.messageId,
          body: record.body,
          attributes: Object.fromEntries(attributes),
        });
        return [];
      } catch (error) {
        failed(error);
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}
