import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { ModelRequest } from './model-call.ts';

const Messages = z.array(
  z.custom<Anthropic.MessageParam>((value) => typeof value === 'object' && value !== null),
);

/**
 * The body of a request that is answered with JSON of a schema. Without tools it stands alone, and nothing is cached,
 * because no other request begins with the same bytes. With tools the next request goes on from it.
 */
export function questionOf(
  request: ModelRequest,
  schema: Readonly<Record<string, unknown>>,
): Anthropic.MessageStreamParams {
  const can = request.capabilities ?? { adaptive_thinking: true, effort: true };
  return {
    model: request.model,
    max_tokens: request.max_tokens,
    system: request.system,
    messages: Messages.parse(request.messages),
    ...(request.tools.length > 0
      ? {
          tools: toolsOf(request),
          cache_control: { type: 'ephemeral' as const, ttl: request.cache_ttl },
        }
      : {}),
    ...(can.adaptive_thinking ? { thinking: { type: 'adaptive', display: 'summarized' } } : {}),
    output_config: {
      ...(can.effort ? { effort: request.effort } : {}),
      format: { type: 'json_schema', schema: { ...schema } },
    },
  };
}

/** The tools of a request as the API takes them. */
export function toolsOf({ tools }: Pick<ModelRequest, 'tools'>) {
  return tools.map((tool) => ({
    name: tool.name,
    description: tool.description,
    input_schema: ToolSchema.parse(tool.input_schema),
    strict: true,
  }));
}

const ToolSchema = z.custom<Anthropic.Tool.InputSchema>(
  (value) => z.object({ type: z.literal('object') }).safeParse(value).success,
);

/** The JSON schema of a zod one without the keywords that structured outputs refuse; give it no lengths and bounds. */
export function outputSchema(type: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(type);
  return schema;
}
