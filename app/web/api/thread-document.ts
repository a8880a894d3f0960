import { z } from '@hono/zod-openapi';
import { type Thread, ThreadEvent } from '../../../core/thread.ts';

/** A part of a job's thread. */
export const ThreadDocument = z
  .object({
    request_id: z.string(),
    job_id: z.string(),
    repository: z.string(),
    base_sha: z.string(),
    requester: z.string(),
    prompt: z
      .string()
      .nullable()
      .openapi({ description: 'Null when you may not read the repository where it was asked.' }),
    model: z.string(),
    effort: z.string(),
    total: z.number().int().openapi({ description: 'Events of the whole thread.' }),
    from: z.number().int().openapi({ description: 'The place of the first one here, from 0.' }),
    events: z.array(ThreadEvent),
    next_from: z.number().int().optional(),
  })
  .openapi('ThreadPart');
export type ThreadDocument = z.infer<typeof ThreadDocument>;

type Part = Readonly<{ from: number; limit: number }>;

/** What stands for a prompt that the reader may not see. */
const hiddenPrompt = 'The prompt was written in a repository that you may not read.';

/** Returns a part of a thread. `source` tells whether the reader may see what was asked. */
export function threadDocument(
  thread: Thread,
  { from, limit }: Part,
  source: boolean,
): ThreadDocument {
  const end = from + limit;
  return {
    ...thread,
    prompt: source ? thread.prompt : null,
    total: thread.events.length,
    from,
    events: thread.events.slice(from, end),
    next_from: end < thread.events.length ? end : undefined,
  };
}

/** The thread as those may read it who may not see the prompt. */
export function withoutPrompt(thread: Thread): Thread {
  return { ...thread, prompt: hiddenPrompt };
}
