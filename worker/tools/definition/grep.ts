import { z } from 'zod';
import type { Definition } from './definition.ts';

const GrepInput = z.strictObject({
  pattern: z.string().min(1).describe('Regular expression (Rust syntax).'),
  path: z.string().optional().describe('File or directory to search; default /workspace/repo.'),
  glob: z.string().optional().describe('Only files that match this glob, such as "*.ts".'),
  type: z.string().optional().describe('Only files of this ripgrep type, such as "py" or "rust".'),
  output_mode: z
    .enum(['files', 'content', 'count'])
    .optional()
    .describe('files: paths only (default); content: matching lines; count: matches per file.'),
  ignore_case: z.boolean().optional().describe('Ignore upper and lower case.'),
  context: z
    .number()
    .int()
    .min(0)
    .max(20)
    .optional()
    .describe('Lines before and after each match, at most 20; for content only.'),
  multiline: z.boolean().optional().describe('Let the pattern span lines; a dot matches \\n.'),
  head_limit: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Results to return (matches, or files); default 100, at most 1000.'),
  offset: z.number().int().min(0).optional().describe('Results to skip; default 0.'),
});
export type GrepInput = z.infer<typeof GrepInput>;

export const grepDefinition = {
  name: 'grep',
  description: `Searches file contents with ripgrep.

- Hidden files are searched; ignored files and .git are not (name a file directly in path to search an ignored one).
- Results are ordered by path. A cut result says with which offset to continue.
- Escape regular expression characters to find them literally, for example "interface\\{\\}".`,
  input: GrepInput,
  mutating: false,
} as const satisfies Definition<'grep', typeof GrepInput>;
