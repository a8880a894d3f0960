import { z } from 'zod';
import { invalidInput } from './api-error.ts';

// Every object is strict: the API answers 400 to a field that it does not know.
const CacheControl = z.strictObject({
  type: z.literal('ephemeral'),
  ttl: z.enum(['5m', '1h']).optional(),
});
const marked = { cache_control: CacheControl.nullish() };
const plainText = { type: z.literal('text'), text: z.string() };

const TextBlock = z.strictObject({
  ...plainText,
  ...marked,
  citations: z.array(z.unknown()).nullish(),
});
const ImageSource = z.looseObject({ type: z.enum(['base64', 'url', 'file']) });
const ImageBlock = z.strictObject({ type: z.literal('image'), source: ImageSource, ...marked });
const ThinkingBlock = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string(),
});
const ToolUseBlock = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
  name: z.string(),
  input: z.record(z.string(), z.unknown()),
  caller: z.strictObject({ type: z.literal('direct') }).optional(),
  toolset_name: z.null().optional(),
  ...marked,
});
const ToolResultBlock = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: blocks(
    z.discriminatedUnion('type', [
      z.strictObject(plainText),
      z.strictObject({ type: z.literal('image'), source: ImageSource }),
    ]),
  ).optional(),
  is_error: z.boolean().optional(),
  toolset_name: z.null().optional(),
  ...marked,
});

const CompactionBlock = z.strictObject({
  type: z.literal('compaction'),
  content: z.string().min(1).nullish(),
  encrypted_content: z.null().optional(),
  signature: z.string().nullish(),
  tool_changes: z.array(z.never()).nullish(),
  ...marked,
});

/** A block of a type that no client knows; the `unknown_block_type` fault makes it. */
const ScriptedBlock = z.strictObject({ type: z.literal('scripted_block'), note: z.string() });

const UserMessage = z.strictObject({
  role: z.literal('user'),
  content: blocks(
    z.discriminatedUnion('type', [TextBlock, ImageBlock, ToolResultBlock, CompactionBlock]),
  ),
});
const AssistantMessage = z.strictObject({
  role: z.literal('assistant'),
  content: blocks(
    z.discriminatedUnion('type', [
      TextBlock,
      ThinkingBlock,
      ToolUseBlock,
      ScriptedBlock,
      CompactionBlock,
    ]),
  ),
});
const SystemMessage = z.strictObject({ role: z.literal('system'), content: blocks(TextBlock) });

const Tool = z.strictObject({
  type: z.literal('custom').nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().optional(),
  eager_input_streaming: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), z.unknown())).optional(),
  ...marked,
});

const Thinking = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('adaptive'),
    display: z.enum(['summarized', 'omitted']).nullish(),
  }),
  z.strictObject({
    type: z.literal('enabled'),
    budget_tokens: z.int(),
    display: z.enum(['summarized', 'omitted']).nullish(),
  }),
  z.strictObject({ type: z.literal('disabled') }),
  z.strictObject({ type: z.literal('between_tools') }),
]);

const ToolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), disable_parallel_tool_use: z.boolean().optional() }),
  z.strictObject({ type: z.literal('any'), disable_parallel_tool_use: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('tool'),
    name: z.string(),
    disable_parallel_tool_use: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('none') }),
]);

const counted = {
  model: z.string(),
  messages: z
    .array(z.discriminatedUnion('role', [UserMessage, AssistantMessage, SystemMessage]))
    .min(1, 'at least one message is required'),
  cache_control: CacheControl.nullish(),
  output_config: z
    .strictObject({
      effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      format: z
        .strictObject({
          type: z.literal('json_schema'),
          schema: z.record(z.string(), z.unknown()),
        })
        .nullish(),
    })
    .optional(),
  speed: z.enum(['standard', 'fast']).nullish(),
  system: blocks(TextBlock).optional(),
  thinking: Thinking.optional(),
  tool_choice: ToolChoice.optional(),
  tools: z.array(Tool).optional(),
  compaction: z
    .strictObject({ type: z.literal('summarize'), instructions: z.string().nullish() })
    .nullish(),
  // Read only to be refused: it does not go together with compaction.
  context_management: z.unknown().optional(),
  user_profile_id: z.string().optional(),
  workspace_id: z.string().optional(),
};

const CountRequest = z.strictObject(counted);
const MessageRequest = z.strictObject({
  ...counted,
  max_tokens: z.int().min(0),
  diagnostics: z.strictObject({ previous_message_id: z.string().nullable() }).nullish(),
  inference_geo: z.string().nullish(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.enum(['auto', 'standard_only']).optional(),
  stop_sequences: z.array(z.string()).optional(),
  stream: z.boolean().optional(),
});

export type CountRequest = z.infer<typeof CountRequest>;
export type MessageRequest = z.infer<typeof MessageRequest>;
export type CacheControl = z.infer<typeof CacheControl>;
export type ToolDefinition = z.infer<typeof Tool>;
export type WireMessage = CountRequest['messages'][number];
export type WireBlock = WireMessage['content'][number];
export type ToolUse = z.infer<typeof ToolUseBlock>;
export type ToolResult = z.infer<typeof ToolResultBlock>;

/** Returns the body of `POST /v1/messages` with string contents as text blocks. Throws a 400. */
export function parseMessageRequest(body: unknown): MessageRequest {
  const parsed = MessageRequest.safeParse(body);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

/** Returns the body of `POST /v1/messages/count_tokens`. Throws a 400. */
export function parseCountRequest(body: unknown): CountRequest {
  const parsed = CountRequest.safeParse(body);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

// A string is short for one text block. Preprocessing keeps zod's error paths those of the wire.
function blocks<Schema extends z.ZodType>(block: Schema) {
  return z.preprocess(
    (content) => (typeof content === 'string' ? [{ type: 'text', text: content }] : content),
    z.array(block),
  );
}
