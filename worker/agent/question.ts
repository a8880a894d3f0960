import type Anthropic from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { ModelRequest } from './model-call.ts';

const Messages = z.array(
  z.custom<Anthropic.MessageParam>((value) => typeof value === 'object' && value !== null),
);

/**
 * The body of a request that stands alone and is answered with JSON of a schema: no tools, and nothing is cached,
 * because no other request begins with the same bytes.
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
    ...(can.adaptive_thinking ? { thinking: { type: 'adaptive', display: 'summarized' } } : {}),
    output_config: {
      ...(can.effort ? { effort: request.effort } : {}),
      format: { type: 'json_schema', schema: { ...schema } },
    },
  };
}

/** The JSON schema of a zod one without the keywords that structured outputs refuse; give it no lengths and bounds. */
export function outputSchema(type: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...schema } = z.toJSONSchema(type);
  return schema;
}
