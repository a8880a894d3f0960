import { z } from 'zod';

/** Ours are short; a longer one is nobody's, and as a key it would be refused for ever. */
const id = z.string().max(128);

/** Bring the comments of this request up to date. */
const report = z.object({ type: z.literal('report'), request_id: id });

/** A slot is free: start the next waiting jobs. */
const wake = z.object({ type: z.literal('wake') });

/** What stands in the ingest queue beside raw webhooks. */
export const IngestMessage = z.discriminatedUnion('type', [
  report,
  /** Bring the check run with buttons on this commit up to date. */
  z.object({
    type: z.literal('prompts_check'),
    repository_id: z.number().int(),
    head_sha: id,
  }),
  wake,
]);
export type IngestMessage = z.infer<typeof IngestMessage>;

/** Names of the message attributes of a raw webhook, whose body is base64 of the raw bytes. */
export const webhookAttributes = { event: 'github-event', delivery: 'github-delivery' } as const;

/** A hint that this job may be started. The table is the truth. */
export const JobMessage = z.object({ type: z.literal('job'), job_id: id });
export type JobMessage = z.infer<typeof JobMessage>;

/**
 * What stands in the jobs queue: jobs, and what workers tell. They may not send to the ingest queue, where a message
 * counts as a webhook whose signature was looked at.
 */
export const JobsQueueMessage = z.discriminatedUnion('type', [JobMessage, report, wake]);
export type JobsQueueMessage = z.infer<typeof JobsQueueMessage>;
