import { type BatchAnswer, handleBatch } from './queue-batch.ts';
import { createWired } from './wired.ts';

const wired = createWired('dispatch');

/** Handles an SQS event and names the messages to deliver again. Throws when the configuration is not complete. */
export async function handler(event: unknown): Promise<BatchAnswer> {
  const app = await wired();
  const failed = (error: unknown) => app.log.error({ err: error }, 'Message failed');
  return handleBatch({ handle: app.dispatch, queue: app.queues.jobs, failed }, event);
}
