import { z } from 'zod';

/** What stands in the ingest queue beside raw webhooks. */
export const IngestMessage = z.discriminatedUnion('type', [
  /** Bring the comments of this request up to date. */
  z.object({ type: z.literal('report'), request_id: z.string() }),
  /** Bring the check run with buttons on this commit up to date. */
  z.object({
    type: z.literal('prompts_check'),
    repository_id: z.number().int(),
    head_sha: z.string(),
  }),
  /** A slot is free: start the next waiting jobs. */
  z.object({ type: z.literal('wake') }),
]);
export type IngestMessage = z.infer<typeof IngestMessage>;

/** Names of the message attributes of a raw webhook, whose body is base64 of the raw bytes. */
export const webhookAttributes = { event: 'github-event', delivery: 'github-delivery' } as const;

/** What stands in the jobs queue: a hint that this job may be started. The table is the truth. */
export const JobMessage = z.object({ type: z.literal('job'), job_id: z.string() });
export type JobMessage = z.infer<typeof JobMessage>;
