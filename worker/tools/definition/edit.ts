import { z } from 'zod';
import type { Definition } from './definition.ts';

const EditInput = z.strictObject({
  file_path: z
    .string()
    .min(1)
    .describe('Path relative to /workspace/repo, or absolute below /workspace.'),
  old_string: z.string().describe('The text to replace, exactly as it stands in the file.'),
  new_string: z.string().describe('The text to put in its place, taken literally.'),
  replace_all: z.boolean().optional().describe('Replace every occurrence; default false.'),
});
export type EditInput = z.infer<typeof EditInput>;

export const editDefinition = {
  name: 'edit',
  description: `Replaces text in a file that was read before.

- old_string must occur exactly once, unless replace_all is true. Give enough surrounding lines to make it unique, and leave out the line numbers that read adds.
- Indentation and line breaks count. Line endings, byte order mark, final newline and file mode are kept.
- Returns the changed lines with line numbers.`,
  input: EditInput,
  mutating: true,
} as const satisfies Definition<'edit', typeof EditInput>;
