import { z } from 'zod';
import type { Definition } from './definition.ts';

const ReadInput = z.strictObject({
  file_path: z
    .string()
    .min(1)
    .describe('Path relative to /workspace/repo, or absolute below /workspace.'),
  offset: z.number().int().min(1).optional().describe('First line to show, counted from 1.'),
  limit: z.number().int().min(1).optional().describe('Number of lines; default and maximum 2000.'),
});
export type ReadInput = z.infer<typeof ReadInput>;

export const readDefinition = {
  name: 'read',
  description: `Reads a file, an image or a directory.

- Text comes with line numbers (number, tab, line); the numbers are not part of the file. At most 2000 lines or 50 KB per call; continue with offset as the last line of the result says.
- PNG, JPEG, GIF and WebP files come as images. A directory comes as a listing.
- Also reads logs below /workspace/logs and files below /workspace/scratch.
- A file must be read before edit or write can change it.`,
  input: ReadInput,
  mutating: false,
} as const satisfies Definition<'read', typeof ReadInput>;
