import { z } from 'zod';
import { Pointer } from './pointer.ts';

/** What somebody wrote, as it stands on GitHub, cut to size. */
export const Quote = z.object({ author: z.string(), text: z.string(), url: z.string() });
export type Quote = z.infer<typeof Quote>;

/** How many comments are not told, by reason: no write access, changed after the command, too many before it. */
export const LeftOut = z.object({
  others: z.number().int(),
  edited: z.number().int(),
  older: z.number().int(),
});
export type LeftOut = z.infer<typeof LeftOut>;

/** Where an attachment stood: in the text of the issue or pull request, in the command, or in a comment. */
const From = z.object({ place: z.enum(['text', 'command', 'comment']), author: z.string() });
export type From = z.infer<typeof From>;

const attached = { name: z.string(), from: From, pointer: Pointer };

/** A file that people attached, stored in the bucket. */
export const Attachment = z.discriminatedUnion('type', [
  z.object({ type: z.literal('image'), ...attached }),
  /** UTF-8. */
  z.object({ type: z.literal('text'), ...attached }),
]);
export type Attachment = z.infer<typeof Attachment>;

/** Why an attachment is not told. */
export const NotFetched = z.enum([
  'too_many',
  'too_large',
  'too_many_pixels',
  'wrong_type',
  'not_text',
  'other_host',
  'not_shown',
  'unreachable',
  'edited',
]);
export type NotFetched = z.infer<typeof NotFetched>;

/** What was read around a command when it was accepted. Data for the model, never instructions. */
export const GatheredContext = z.object({
  /** Of people with write access, the oldest first. Empty on a pull request: the worker reads its conversation. */
  comments: z.array(Quote),
  left_out: LeftOut,
  /** True when title or text of the issue were changed after the command; what is told is from before. */
  edited_since: z.boolean(),
  /** True when GitHub did not show the conversation to the App. */
  unread: z.boolean(),
  /** Issues of the same repository that the pull request says it closes. */
  linked: z.array(
    z.object({
      number: z.number().int(),
      title: z.string(),
      body: z.string(),
      author: z.string(),
      url: z.string(),
      comments: z.array(Quote),
      left_out: LeftOut,
    }),
  ),
  attachments: z.array(Attachment),
  missing: z.array(z.object({ name: z.string(), from: From, reason: NotFetched })),
});
export type GatheredContext = z.infer<typeof GatheredContext>;

/** When nothing is left out. */
export const nothingLeftOut: LeftOut = { others: 0, edited: 0, older: 0 };
