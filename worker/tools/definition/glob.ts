import { z } from 'zod';
import type { Definition } from './definition.ts';

const GlobInput = z.strictObject({
  pattern: z
    .string()
    .min(1)
    .describe('Glob such as "src/**/*.ts"; one without a slash matches at any depth.'),
  path: z.string().optional().describe('Directory to search; default /workspace/repo.'),
  limit: z.number().int().min(1).optional().describe('Paths to return; default 200, at most 2000.'),
  sort: z
    .enum(['path', 'modified'])
    .optional()
    .describe('Order; default path, modified is newest first.'),
});
export type GlobInput = z.infer<typeof GlobInput>;

export const globDefinition = {
  name: 'glob',
  description: `Finds files by name.

- Ignored files and .git are left out, hidden files are included. Results are ordered by path.
- Use grep to search what is inside files, and read on a directory for a listing.`,
  input: GlobInput,
  mutating: false,
} as const satisfies Definition<'glob', typeof GlobInput>;
