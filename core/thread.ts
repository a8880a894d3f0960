import { z } from 'zod';
import { CauseCode } from './cause.ts';
import { Usage } from './usage.ts';

/** A command that the harness ran itself: set-up or verification. */
const CommandEvent = z.object({
  command: z.string(),
  exit_code: z.number().int().nullable(),
  timed_out: z.boolean(),
  duration_ms: z.number(),
  output_tail: z.string(),
});

export const ToolEvent = z.object({
  name: z.string(),
  /** One line of JSON, cut to 2,000 characters. */
  input: z.string(),
  /** Redacted, cut to 4,000 characters. */
  output: z.string(),
  is_error: z.boolean(),
  duration_ms: z.number(),
});
export type ToolEvent = z.infer<typeof ToolEvent>;

export const TurnEvent = z.object({
  type: z.literal('turn'),
  /** Counted from 1 over all attempts. */
  index: z.number().int(),
  thinking: z.string(),
  text: z.string(),
  tools: z.array(ToolEvent),
  usage: Usage,
  cost_micro_usd: z.number().int(),
  stop_reason: z.string(),
});
export type TurnEvent = z.infer<typeof TurnEvent>;

export const ThreadEvent = z.discriminatedUnion('type', [
  CommandEvent.extend({ type: z.literal('setup') }),
  TurnEvent,
  z.object({ type: z.literal('notice'), text: z.string() }),
  CommandEvent.extend({ type: z.literal('verification') }),
  z.object({ type: z.literal('outcome'), code: CauseCode, sentence: z.string() }),
]);
export type ThreadEvent = z.infer<typeof ThreadEvent>;

/** The whole message thread of a job as people may read it: redacted, without signatures. */
export const Thread = z.object({
  request_id: z.string(),
  job_id: z.string(),
  repository: z.string(),
  base_sha: z.string(),
  requester: z.string(),
  prompt: z.string(),
  model: z.string(),
  effort: z.string(),
  events: z.array(ThreadEvent),
});
export type Thread = z.infer<typeof Thread>;
