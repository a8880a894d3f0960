import { z } from 'zod';
import type { Definition } from './definition.ts';

const BashInput = z.strictObject({
  command: z.string().min(1).describe('The command line, run by `bash -c` in /workspace/repo.'),
  timeout_ms: z
    .number()
    .int()
    .min(1)
    .max(600_000)
    .optional()
    .describe('Time limit in milliseconds; default 120000, at most 600000.'),
  description: z.string().optional().describe('What the command does, in five to ten words.'),
});
export type BashInput = z.infer<typeof BashInput>;

export const bashDefinition = {
  name: 'bash',
  description: `Runs a command with bash in /workspace/repo and returns its output (stdout and stderr merged), exit code and duration.

- Every call is a new shell: directory changes, variables and functions do not carry over. Chain with && or use a subshell.
- stdin is empty, nothing can be answered interactively. There is no network.
- Background processes are ended when the command returns; start a server and use it within one call.
- Long output is cut in the middle; the whole of it is in the log file that the result names, which read and grep can open.
- A nonzero exit code is a normal result. Default time limit 120 s, at most 600 s.
- Put temporary files in /workspace/scratch, never in the repository. Prefer read, grep, glob, edit and write for looking at and changing files.`,
  input: BashInput,
  mutating: true,
} as const satisfies Definition<'bash', typeof BashInput>;
