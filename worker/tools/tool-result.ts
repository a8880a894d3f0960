import { z } from 'zod';

// Bounds against an executor that was taken over: no tool gives back this much.
const MAX_TEXT = 150_000;
const MAX_IMAGE = 5_500_000;

const TextBlock = z.object({ type: z.literal('text'), text: z.string().max(MAX_TEXT) });
const ImageBlock = z.object({
  type: z.literal('image'),
  media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
  /** base64 */
  data: z.string().max(MAX_IMAGE),
});

/** A file as a tool read or wrote it: its virtual path below /workspace, and the sha256 (hex) of all its bytes. */
export const SeenFile = z.object({ path: z.string().max(8192), sha256: z.string().length(64) });
export type SeenFile = z.infer<typeof SeenFile>;

/**
 * What a tool call gives back. `mutated` is true when the call changed the work tree; `exit_code` is set by bash
 * only; `seen` names the file whose content the model knows now. Paths inside the text are always the virtual ones below /workspace.
 */
export const ToolResult = z.object({
  content: z.array(z.discriminatedUnion('type', [TextBlock, ImageBlock])).max(4),
  is_error: z.boolean(),
  mutated: z.boolean(),
  exit_code: z.number().int().optional(),
  seen: SeenFile.optional(),
  duration_ms: z.number(),
});
export type ToolResult = z.infer<typeof ToolResult>;

/** What a tool itself returns; the dispatcher adds the duration. */
export type ToolOutput = Omit<ToolResult, 'duration_ms'>;

/** A successful text answer. */
export function textOutput(text: string, mutated = false, seen?: SeenFile): ToolOutput {
  const content = [{ type: 'text' as const, text: bounded(text) }];
  return { content, is_error: false, mutated, ...(seen ? { seen } : {}) };
}

/** An error answer; the text says what to do next. */
export function errorOutput(text: string): ToolOutput {
  return { content: [{ type: 'text', text: bounded(text) }], is_error: true, mutated: false };
}

function bounded(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 20)}… [cut]`;
}
