import { z } from 'zod';
import { Cron, Timezone } from './cron.ts';
import { PromptName } from './saved-prompt.ts';

/** The name of a saved prompt, or the text of one. */
export const PromptOrName = z.string().trim().min(1).max(30_000);

/** A prompt that runs by itself. `timezone` is UTC when absent. */
export const ScheduledPrompt = z.strictObject({
  name: PromptName.describe('Names the schedule; with its due time it makes one run'),
  prompt: PromptOrName.describe('The name of a saved prompt, or a prompt'),
  cron: Cron.describe(
    'Five fields: minute, hour, day of month, month, day of week. At least 15 minutes between two runs',
  ),
  timezone: Timezone.optional().describe('Default UTC'),
});
export type ScheduledPrompt = z.infer<typeof ScheduledPrompt>;
