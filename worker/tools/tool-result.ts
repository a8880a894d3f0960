import { z } from 'zod';

const TextBlock = z.object({ type: z.literal('text'), text: z.string() });
const ImageBlock = z.object({
  type: z.literal('image'),
  media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
  /** base64 */
  data: z.string(),
});

/**
 * What a tool call gives back. `mutated` is true when the call changed the work tree; `exit_code` is set by bash
 * only. Paths inside the text are always the virtual ones below /workspace.
 */
export const ToolResult = z.object({
  content: z.array(z.discriminatedUnion('type', [TextBlock, ImageBlock])),
  is_error: z.boolean(),
  mutated: z.boolean(),
  exit_code: z.number().int().optional(),
  duration_ms: z.number(),
});
export type ToolResult = z.infer<typeof ToolResult>;

/** What a tool itself returns; the dispatcher adds the duration. */
export type ToolOutput = Omit<ToolResult, 'duration_ms'>;

/** A successful text answer. */
export function textOutput(text: string, mutated = false): ToolOutput {
  return { content: [{ type: 'text', text }], is_error: false, mutated };
}

/** An error answer; the text says what to do next. */
export function errorOutput(text: string): ToolOutput {
  return { content: [{ type: 'text', text }], is_error: true, mutated: false };
}
