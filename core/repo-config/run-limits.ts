import { z } from 'zod';

/** Bounds of one run. Each only lowers what the server allows. */
export const RunLimits = z.strictObject({
  turns: z.number().int().min(1).max(10_000).optional().describe('Turns of the agent'),
  minutes: z.number().min(1).max(1440).optional().describe('Minutes of the whole run'),
  tokens: z
    .number()
    .int()
    .min(10_000)
    .max(1_000_000_000)
    .optional()
    .describe('Tokens of the whole run, cached ones included'),
  compact_at_tokens: z
    .number()
    .int()
    .min(50_000)
    .max(10_000_000)
    .optional()
    .describe('Earlier turns are summarized when a request would be longer than this'),
  command_minutes: z
    .number()
    .min(0.1)
    .max(240)
    .optional()
    .describe('Minutes that one command may take'),
});
export type RunLimits = z.infer<typeof RunLimits>;
