import { z } from 'zod';
import { CauseCode } from './cause.ts';
import { Submission } from './job.ts';
import { Pointer } from './pointer.ts';
import { CallUsage } from './price.ts';
import { Effort } from './request.ts';

/** A content block exactly as the model API gave or takes it. Key order is kept: it is part of the prefix. */
export const ContentBlock = z.record(z.string(), z.unknown());
export type ContentBlock = z.infer<typeof ContentBlock>;

/** One message of the conversation with the model. */
export const ModelMessage = z.object({
  role: z.enum(['user', 'assistant']),
  content: z.array(ContentBlock),
});
export type ModelMessage = z.infer<typeof ModelMessage>;

/** A tool as the run was started with, in the order it was offered. */
export const PinnedTool = z.object({
  name: z.string(),
  description: z.string(),
  input_schema: z.record(z.string(), z.unknown()),
  mutating: z.boolean(),
});
export type PinnedTool = z.infer<typeof PinnedTool>;

/** A file whose content the model knows: its virtual path, and the sha256 (hex) of the bytes it has seen. */
export const SeenFile = z.object({ path: z.string(), sha256: z.string() });
export type SeenFile = z.infer<typeof SeenFile>;

/** What a tool call gave back, redacted and cut to size before it came here. */
export const RecordedResult = z.object({
  content: z.array(
    z.discriminatedUnion('type', [
      z.object({ type: z.literal('text'), text: z.string() }),
      z.object({ type: z.literal('image'), media_type: z.string(), data: z.string() }),
    ]),
  ),
  is_error: z.boolean(),
  mutated: z.boolean(),
  exit_code: z.number().int().optional(),
  /** The file that the call read or wrote. Never sent to the model. */
  seen: SeenFile.optional(),
  duration_ms: z.number(),
});
export type RecordedResult = z.infer<typeof RecordedResult>;

/** What a model can do that the loop acts on. */
export const ModelCapabilities = z.object({
  adaptive_thinking: z.boolean(),
  effort: z.boolean(),
  /** Summarizes a conversation on demand. */
  compaction: z.boolean(),
});
export type ModelCapabilities = z.infer<typeof ModelCapabilities>;

const entry = {
  /** Counts from 1 over all attempts, without gaps. */
  seq: z.number().int().positive(),
  /** Unix time, ms. */
  at: z.number().int(),
  attempt: z.number().int(),
};

/** The first entry: everything that stays fixed over attempts and deploys. */
export const RunHeader = z.object({
  ...entry,
  type: z.literal('run_header'),
  model: z.string(),
  effort: Effort,
  system: z.string(),
  system_sha256: z.string(),
  tools: z.array(PinnedTool),
  tools_sha256: z.string(),
  base_sha: z.string(),
  first_messages: z.array(ModelMessage).min(1),
  model_limits: z.object({
    max_input_tokens: z.number().int().positive(),
    max_output_tokens: z.number().int().positive(),
  }),
  /** Absent in runs that began before it was recorded. */
  capabilities: ModelCapabilities.optional(),
  limits: z.object({
    max_turns: z.number().int().positive(),
    wall_clock_ms: z.number().int().positive(),
    budget_micro_usd: z.number().int().positive(),
    /** Absent in runs that began before there was such a limit. */
    total_tokens: z.number().int().positive().optional(),
  }),
});
export type RunHeader = z.infer<typeof RunHeader>;

/** Written, with the money reserved, before a call is sent. */
export const RequestIntent = z.object({
  ...entry,
  type: z.literal('request_intent'),
  turn: z.number().int().positive(),
  /** Counts from 1 within the turn. */
  try: z.number().int().positive(),
  /** sha256 of the bytes of model, system, tools and messages. */
  prefix_sha256: z.string(),
  max_tokens: z.number().int().positive(),
  cache_ttl: z.enum(['5m', '1h']).optional(),
  /** For a compaction: how many messages, from the first on, are to be summarized. */
  compacts: z.number().int().positive().optional(),
  reserved_micro_usd: z.number().int().nonnegative(),
});
export type RequestIntent = z.infer<typeof RequestIntent>;

/** A complete answer, stored before any of its tools runs. */
export const ResponseEntry = z.object({
  ...entry,
  type: z.literal('response'),
  turn: z.number().int().positive(),
  message: ModelMessage,
  usage: CallUsage,
  stop_reason: z.string(),
  /** Why the model refused, when it did. */
  stop_detail: z.string().optional(),
  request_id: z.string().optional(),
  message_id: z.string().optional(),
  /** Why the API could not reuse the request before this one, in its own word, and about how many tokens it cost. */
  cache_miss: z.object({ reason: z.string(), tokens: z.number().int().nonnegative() }).optional(),
  cost_micro_usd: z.number().int().nonnegative(),
});
export type ResponseEntry = z.infer<typeof ResponseEntry>;

export const CallFailureClass = z.enum([
  'rate_limited',
  'overloaded',
  'server_error',
  'connection',
  'broken',
  'stalled',
  'aborted',
  'worker_lost',
  'key_rejected',
  'spend_limit',
  'context_exceeded',
  'rejected',
]);
export type CallFailureClass = z.infer<typeof CallFailureClass>;

/** A call that gave no complete answer. Nothing of it was executed. */
export const CallFailed = z.object({
  ...entry,
  type: z.literal('call_failed'),
  turn: z.number().int().positive(),
  try: z.number().int().positive(),
  error: CallFailureClass,
  /** True when the call was to summarize. */
  compaction: z.literal(true).optional(),
  status: z.number().int().optional(),
  /** The API's own words, redacted and cut. */
  detail: z.string(),
  retry_after_ms: z.number().optional(),
  /** Tokens seen before it broke; output is an estimate. */
  usage: CallUsage,
  cost_micro_usd: z.number().int().nonnegative(),
});
export type CallFailed = z.infer<typeof CallFailed>;

export const ToolStart = z.object({
  ...entry,
  type: z.literal('tool_start'),
  tool_use_id: z.string(),
  name: z.string(),
  mutating: z.boolean(),
});
export type ToolStart = z.infer<typeof ToolStart>;

export const ToolResultEntry = z.object({
  ...entry,
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  result: RecordedResult,
  /** Paths of the instruction files whose text stands at the end of the result. */
  instructions: z.array(z.string()).optional(),
  /** For `submit`: whether the diff was shown back or the run ends with it. */
  submit: z.enum(['shown', 'refused', 'accepted']).optional(),
  /** For `submit`: what it was held up for. Each is asked for once. */
  asked: z.enum(['change', 'check']).optional(),
  submission: Submission.optional(),
});
export type ToolResultEntry = z.infer<typeof ToolResultEntry>;

/** A snapshot of the work tree after a turn that changed it. */
export const WorkspaceEntry = z.object({
  ...entry,
  type: z.literal('workspace'),
  turn: z.number().int().positive(),
  pointer: Pointer,
});
export type WorkspaceEntry = z.infer<typeof WorkspaceEntry>;

/** Words of the harness to the model, sent after the tool results of the turn. */
export const NoticeEntry = z.object({
  ...entry,
  type: z.literal('notice'),
  kind: z.enum(['wrap_up', 'submit_now', 'nudge', 'continue', 'stuck', 'resumed', 'not_saved']),
  /** For `submit_now`: what brought the run to its end. */
  code: CauseCode.optional(),
  text: z.string(),
});
export type NoticeEntry = z.infer<typeof NoticeEntry>;

/** The front of the conversation is replaced: from here on requests have another prefix. */
export const CompactionEntry = z.object({
  ...entry,
  type: z.literal('compaction'),
  /** `summary`: a signed block of the API's. `handoff`: a fresh conversation with a record that we wrote. */
  kind: z.enum(['summary', 'handoff']),
  /** How many messages, from the first on, are replaced. */
  range: z.object({ messages: z.number().int().positive() }),
  replacement: z.array(ModelMessage).min(1),
  /** Goes into the next user message. */
  note: z.string(),
  usage: CallUsage,
  request_id: z.string().optional(),
  cost_micro_usd: z.number().int().nonnegative(),
});
export type CompactionEntry = z.infer<typeof CompactionEntry>;

/** A call beside the conversation: written, with the money reserved, before it is sent. */
export const SideIntent = z.object({
  ...entry,
  type: z.literal('side_intent'),
  purpose: z.enum(['review', 'describe']),
  /** What is new in a conversation that may have further calls; absent for a single question. */
  message: ModelMessage.optional(),
  max_tokens: z.number().int().positive(),
  reserved_micro_usd: z.number().int().nonnegative(),
});
export type SideIntent = z.infer<typeof SideIntent>;

/** What came of it. Never an answer of the conversation, and never the end of the run. */
export const SideResult = z.object({
  ...entry,
  type: z.literal('side_result'),
  purpose: SideIntent.shape.purpose,
  /** `continued`: it asked for tools, and another call follows. `lost`: a shutdown or a dead worker took it away. */
  status: z.enum(['answered', 'continued', 'failed', 'lost']),
  /** The answer's text, redacted. */
  text: z.string(),
  /** For `continued`: what the model said, verbatim, for the next call. */
  content: z.array(ContentBlock).optional(),
  detail: z.string().optional(),
  usage: CallUsage,
  cost_micro_usd: z.number().int().nonnegative(),
});
export type SideResult = z.infer<typeof SideResult>;

/** The last entry of a run. */
export const OutcomeEntry = z.object({
  ...entry,
  type: z.literal('outcome'),
  ended: z.enum(['submitted', 'stopped']),
  code: CauseCode,
  sentence: z.string(),
  next: z.string().optional(),
  submission: Submission.optional(),
});
export type OutcomeEntry = z.infer<typeof OutcomeEntry>;

/** One transition of the agent's run. Append-only, under the job's fence. */
export const JournalEntry = z.discriminatedUnion('type', [
  RunHeader,
  RequestIntent,
  ResponseEntry,
  CallFailed,
  ToolStart,
  ToolResultEntry,
  WorkspaceEntry,
  NoticeEntry,
  CompactionEntry,
  SideIntent,
  SideResult,
  OutcomeEntry,
]);
export type JournalEntry = z.infer<typeof JournalEntry>;
