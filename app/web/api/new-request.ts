import { z } from '@hono/zod-openapi';
import { readFolder, readRepository } from '../../../core/command/options.ts';
import { Effort } from '../../../core/request.ts';
import type { PromptCommand } from '../../accept/decide.ts';

const Target = z.strictObject({
  repository: z
    .string()
    .refine((text) => !text.includes('@') && readRepository(text) !== undefined, 'not owner/name')
    .openapi({ example: 'owner/name' }),
  branch: z.string().min(1).max(200).optional(),
});

const Options = z
  .strictObject({
    base: z.string().min(1).max(200).optional(),
    path: z
      .string()
      .refine((text) => readFolder(text) !== undefined, 'not a folder of a repository')
      .optional(),
    model: z.string().min(1).max(100).optional(),
    effort: Effort.optional(),
    budget_micro_usd: z.number().int().positive().max(1_000_000_000_000).optional(),
    draft: z.boolean().optional(),
    open_pull_request: z.boolean().optional(),
    plan: z.boolean().optional(),
    allow_public: z.boolean().optional(),
  })
  .openapi({ description: 'What the options of a comment say; absent means as configured.' });

/** What a request is started with. */
export const NewRequest = z
  .strictObject({
    prompt: z.string().trim().min(1).max(60_000),
    repositories: z.array(Target).min(1).max(5).openapi({
      description:
        'The first one counts as the place where it is asked: only who may write there may ask, and its privacy holds.',
    }),
    options: Options.optional(),
  })
  .openapi('NewRequest');
export type NewRequest = z.infer<typeof NewRequest>;

/** Returns the command that a comment with the same wishes would hold. */
export function commandOf({ prompt, repositories, options = {} }: NewRequest): PromptCommand {
  const { path, open_pull_request = true, ...others } = options;
  const folder = path === undefined ? undefined : readFolder(path);
  return {
    ...others,
    type: 'prompt',
    prompt,
    repositories: repositories.flatMap(({ repository, branch }) => {
      const named = readRepository(repository);
      return named ? [{ ...named, ...(branch === undefined ? {} : { branch }) }] : [];
    }),
    open_pull_request,
    ...(folder === undefined ? {} : { path: folder }),
  };
}
