import { z } from 'zod';
import type { Definition } from './definition.ts';

export const SubmitInput = z.strictObject({
  title: z.string().min(1).describe('Title of the pull request, at most 70 characters.'),
  summary: z.string().min(1).describe('What was done and why, or the answer to the question.'),
  changes: z.array(z.string()).describe('The changes, one short sentence each.'),
  verification: z
    .array(
      z.strictObject({
        command: z.string().describe('A command that was really run.'),
        outcome: z.string().describe('What it showed.'),
      }),
    )
    .describe('What was run to check the work; empty when nothing was run.'),
  not_done: z
    .array(z.string())
    .describe('Parts of the request that are not done, with the reason.'),
  risks: z.array(z.string()).describe('What a reviewer should look at closely.'),
});
export type SubmitInput = z.infer<typeof SubmitInput>;

export const submitDefinition = {
  name: 'submit',
  description: `Ends the work and hands it over for review. Call it alone, once the request is done or cannot be taken further.

- Everything that differs in /workspace/repo from the start becomes the pull request. Without differences the summary is posted as the answer.
- Claims must match what the tools returned. Say plainly what was not run and not done.`,
  input: SubmitInput,
  mutating: false,
} as const satisfies Definition<'submit', typeof SubmitInput>;
