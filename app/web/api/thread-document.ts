import { z } from '@hono/zod-openapi';
import { renderThread } from '../../../core/render/thread-markdown.ts';
import { ThreadEvent } from '../../../core/thread.ts';
import type { SeenThread } from './see-thread.ts';

/** A part of a job's thread. */
export const ThreadDocument = z
  .object({
    request_id: z.string(),
    job_id: z.string(),
    repository: z.string(),
    base_sha: z.string(),
    requester: z.string(),
    prompt: z.string().nullable().openapi({
      description: 'Null when you may not read the repository or the file where it stands.',
    }),
    model: z.string(),
    effort: z.string(),
    complete: z.boolean().openapi({
      description:
        'False while the job goes on: more may come, and events and their places may change.',
    }),
    total: z.number().int().openapi({ description: 'Events of the whole thread.' }),
    from: z.number().int().openapi({
      description: 'The place of the first one here, from 0. Stable once `complete` is true.',
    }),
    events: z.array(ThreadEvent),
    next_from: z.number().int().optional(),
  })
  .openapi('ThreadPart');
export type ThreadDocument = z.infer<typeof ThreadDocument>;

type Part = Readonly<{ from: number; limit: number }>;

/** What stands for a prompt that the reader may not see. */
const hiddenPrompt = 'The prompt stands in a repository or a file that you may not read.';

/** Returns a part of a thread. */
export async function threadDocument(
  { readPrompt, ...thread }: SeenThread,
  { from, limit }: Part,
): Promise<ThreadDocument> {
  const end = from + limit;
  return {
    ...thread,
    prompt: (await readPrompt()) ?? null,
    total: thread.events.length,
    from,
    events: thread.events.slice(from, end),
    next_from: end < thread.events.length ? end : undefined,
  };
}

/** Returns the whole of a thread as Markdown, as far as there is one. `note` is said of its model. */
export async function threadMarkdown(
  { readPrompt, complete, ...thread }: SeenThread,
  note: string | undefined,
): Promise<string> {
  const text = renderThread({ ...thread, prompt: (await readPrompt()) ?? hiddenPrompt }, note);
  return complete ? text : `${text.trimEnd()}\n\n_The job goes on: more may come._\n`;
}
