import { z } from 'zod';
import { webhookAttributes } from './message.ts';
import { requestOf } from './store/table-schema.ts';

/** The log fields that say which request and which job a line is about. */
export type About = Readonly<{ request?: string; job?: string; delivery?: string }>;

/** Of a job, by its id. */
export function aboutJob(id: string): Readonly<{ request: string; job: string }> {
  return { request: requestOf(id), job: id };
}

const Body = z.union([
  z.object({ job_id: z.string() }).transform(({ job_id }) => aboutJob(job_id)),
  z.object({ request_id: z.string() }).transform(({ request_id }) => ({ request: request_id })),
]);

/** Of a queue's message: a job, a request, or the delivery of a webhook; nothing when it says none of them. */
export function aboutMessage(
  message: Readonly<{ body: string; attributes: Readonly<Record<string, string>> }>,
): About {
  const delivery = message.attributes[webhookAttributes.delivery];
  if (delivery !== undefined) return { delivery };
  try {
    return Body.safeParse(JSON.parse(message.body)).data ?? {};
  } catch {
    // Whoever handles the message says that it can not be read.
    return {};
  }
}
