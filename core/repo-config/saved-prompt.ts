import { z } from 'zod';
import { savedName } from '../command/options.ts';
import { Effort } from '../request.ts';
import { ModelId } from './model-id.ts';
import { Usd } from './usd.ts';

/** What a saved prompt may be called: what the command line takes as such a name. */
export const PromptName = z
  .string()
  .regex(savedName, 'must have small letters, digits, `-` and `_` only, and at most 40 of them');

/** GitHub shows at most twenty characters on a button of a check run. */
const Button = z.union([z.boolean(), z.string().trim().min(1).max(20)], {
  error: 'must be true, false, or a label of at most 20 characters',
});

const PromptText = z.string().trim().min(1).max(30_000);

const PromptEntry = z.strictObject({
  prompt: PromptText,
  description: z.string().trim().min(1).max(200).optional().describe('What lists of prompts show'),
  model: ModelId.optional(),
  effort: Effort.optional(),
  budget: Usd.optional().describe('USD for a request with this prompt'),
  plan: z.boolean().optional().describe('Make a plan first'),
  button: Button.optional().describe('A button in the check run, with its label'),
});

/** A prompt with a name, run by `/cody run <name>`, a button or a schedule. Money in micro-USD. */
export type SavedPrompt = Readonly<{ name: string } & z.output<typeof PromptEntry>>;

/** The saved prompts of one file, in its order. A plain text stands for an entry with nothing else. */
export const SavedPrompts = z
  .record(PromptName, z.union([PromptText, PromptEntry]))
  .refine((given) => Object.keys(given).length <= 50, 'may have at most 50 prompts')
  .transform((given): readonly SavedPrompt[] =>
    Object.entries(given).map(([name, entry]) => ({
      name,
      ...(typeof entry === 'string' ? { prompt: entry } : entry),
    })),
  );

type HasPrompts = Readonly<{ prompts?: readonly SavedPrompt[] | undefined }>;

/** The prompts that may be run in a repository: its own, then those of its organization with other names. Pure. */
export function savedPrompts(
  repository: HasPrompts,
  organization: HasPrompts,
): readonly SavedPrompt[] {
  const own = repository.prompts ?? [];
  const names = new Set(own.map(({ name }) => name));
  return [...own, ...(organization.prompts ?? []).filter(({ name }) => !names.has(name))];
}
