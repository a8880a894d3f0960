import { z } from 'zod';
import type { Definition } from './definition.ts';

const WriteInput = z.strictObject({
  file_path: z
    .string()
    .min(1)
    .describe('Path relative to /workspace/repo, or absolute below /workspace/scratch.'),
  content: z.string().describe('The whole content of the file.'),
});
export type WriteInput = z.infer<typeof WriteInput>;

export const writeDefinition = {
  name: 'write',
  description: `Creates a file or replaces all of it.

- Missing parent directories are made. An existing file must have been read before.
- For changes to a part of a file use edit.`,
  input: WriteInput,
  mutating: true,
} as const satisfies Definition<'write', typeof WriteInput>;
