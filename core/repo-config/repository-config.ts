import { z } from 'zod';
import { Effort } from '../request.ts';
import { Allowed, PermissionFloor } from './access.ts';
import { CommandList } from './command-list.ts';
import { FolderPath } from './folder-path.ts';
import { RepositoryGate } from './gate-rule.ts';
import { ModelId } from './model-id.ts';
import { RunLimits } from './run-limits.ts';
import { PromptName, SavedPrompts } from './saved-prompt.ts';
import { ScheduledPrompt } from './scheduled-prompt.ts';
import { Usd } from './usd.ts';
import { Who } from './who.ts';

const Budget = z.strictObject({
  job: Usd.optional().describe('The most that one job may cost, in USD'),
  request: Usd.optional().describe('The most that a request may cost, in USD'),
});

/** Keys that a repository's file shares with its organization's. */
export const sharedKeys = {
  setup: CommandList.optional().describe(
    'Commands that prepare the work tree, with network and without secrets. Without it one is derived from a lockfile',
  ),
  verify: CommandList.optional().describe(
    'Commands that check a change, without network. Without it they are read out of manifests and workflows',
  ),
  model: ModelId.optional().describe('The model where a command names none'),
  models: z
    .array(ModelId)
    .min(1)
    .max(20)
    .optional()
    .describe('The only models that may be used, of those that the server allows'),
  effort: Effort.optional().describe('The effort where a command names none'),
  budget: Budget.optional(),
  budgets: Budget.optional().describe('The older name of `budget`'),
  limits: RunLimits.optional(),
  reviewer: z
    .boolean()
    .optional()
    .describe('Whether a larger diff is looked at in a fresh context before it counts'),
  draft: z
    .boolean()
    .optional()
    .describe(
      'Always, or never, a draft. Without it a pull request is one when something is red or unfinished',
    ),
  labels: z
    .array(z.string().trim().min(1).max(50).refine(isOneLine, 'must stand on one line'))
    .max(20)
    .optional()
    .describe('Labels of pull requests'),
  reviewers: z
    .array(Who)
    .max(15)
    .optional()
    .describe('Logins and `organization/team`, asked to review beside the requester'),
  gate: RepositoryGate.optional().describe('What keeps a change from becoming a pull request'),
  paths: z.array(FolderPath).min(1).max(50).optional().describe('Folders that a patch may touch'),
  allowed: Allowed.optional().describe(
    'Who may use it: numeric account ids, logins and `organization/team`',
  ),
  permission: PermissionFloor.optional().describe(
    'The least permission in the repository that a requester must have. Default write',
  ),
  prompts: SavedPrompts.optional().describe('Saved prompts by name'),
} as const;

/** `.github/cody.yml` as it is written. */
export const RepositoryFile = z.strictObject({
  ...sharedKeys,
  schedule: z
    .array(ScheduledPrompt)
    .max(20)
    .refine(hasDistinctNames, 'may not have one name twice')
    .optional()
    .describe('Prompts that run by themselves'),
  accept_sets: z
    .array(PromptName)
    .max(50)
    .optional()
    .describe('Sets of the organization that may run here'),
});

/**
 * What a repository says. All keys are optional. Money in micro-USD; saved prompts are a list with names. What several
 * files make of a job is `effectiveSettings`.
 */
export type RepositoryConfig = Omit<z.output<typeof RepositoryFile>, 'budgets'>;

function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text);
}

function hasDistinctNames(entries: readonly Readonly<{ name: string }>[]): boolean {
  return new Set(entries.map(({ name }) => name)).size === entries.length;
}
