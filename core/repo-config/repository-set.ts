import { z } from 'zod';
import { Cron, Timezone } from './cron.ts';
import { PromptName } from './saved-prompt.ts';
import { PromptOrName } from './scheduled-prompt.ts';

const RepositoryName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9_.-]{1,100}$/,
    'must be a repository as `owner/name`',
  );

const SetEntry = z
  .strictObject({
    repositories: z.array(RepositoryName).min(1).max(5),
    prompt: PromptOrName.optional().describe('The name of a saved prompt, or a prompt'),
    schedule: z.strictObject({ cron: Cron, timezone: Timezone.optional() }).optional(),
  })
  .refine(({ schedule, prompt }) => !schedule || prompt !== undefined, {
    path: ['schedule'],
    message: 'needs a `prompt` beside it',
  });

/** Repositories of one organization that one request works on together. */
export type RepositorySet = Readonly<{ name: string } & z.output<typeof SetEntry>>;

/** The sets of an organization, in the order of its file. */
export const RepositorySets = z
  .record(PromptName, SetEntry)
  .refine((given) => Object.keys(given).length <= 50, 'may have at most 50 sets')
  .transform((given): readonly RepositorySet[] =>
    Object.entries(given).map(([name, entry]) => ({ name, ...entry })),
  );
