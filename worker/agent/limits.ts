import { z } from 'zod';

/** Bounds of a run. Times in ms, money in micro-USD. */
export const AgentLimits = z.object({
  max_turns: z.number().int().positive().default(150),
  wall_clock_ms: z
    .number()
    .int()
    .positive()
    .default(45 * 60_000),
  budget_micro_usd: z.number().int().positive(),
  /** Tokens of the whole run: all input, cached or not, and all output. */
  total_tokens: z.number().int().positive().default(30_000_000),
  /** One command of the agent may take this long. */
  command_ms: z
    .number()
    .int()
    .positive()
    .default(10 * 60_000),
  /** Output tokens asked for per call while money allows. */
  max_output_tokens: z.number().int().positive().default(32_000),
  /** A call is not worth sending with less room for its answer. */
  min_output_tokens: z.number().int().positive().default(4_000),
  retry: z
    .object({
      /** Failed tries of one turn may take this long in all. */
      budget_ms: z.number().int().nonnegative(),
      base_ms: z.number().int().positive(),
      max_ms: z.number().int().positive(),
    })
    .default({ budget_ms: 10 * 60_000, base_ms: 1_000, max_ms: 60_000 }),
  /** Turns kept for submitting when a limit is near. */
  finish_turns: z.number().int().positive().default(2),
  /** Earlier turns are summarized when the next request would be longer than this; absent: by model and price. */
  compact_at_tokens: z.number().int().positive().optional(),
  /** About so many tokens of the last turns stay as they are. */
  compact_keep_tokens: z.number().int().positive().default(25_000),
  /** Read-only calls of one turn that run at the same time. */
  parallel_reads: z.number().int().positive().default(8),
});
export type AgentLimits = z.infer<typeof AgentLimits>;
