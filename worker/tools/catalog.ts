import { z } from 'zod';
import { bashDefinition } from './definition/bash.ts';
import { editDefinition } from './definition/edit.ts';
import { globDefinition } from './definition/glob.ts';
import { grepDefinition } from './definition/grep.ts';
import { readDefinition } from './definition/read.ts';
import { submitDefinition } from './definition/submit.ts';
import { writeDefinition } from './definition/write.ts';

/** JSON Schema of one tool's input, within what strict tool use accepts. */
export type InputSchema = Readonly<{
  type: 'object';
  properties: Readonly<Record<string, unknown>>;
  required: readonly string[];
  additionalProperties: false;
}>;

/** One tool as the model API wants it. */
export type CatalogEntry = Readonly<{
  name: string;
  description: string;
  input_schema: InputSchema;
  mutating: boolean;
}>;

// Keywords of structured outputs and strict tools; numeric bounds, lengths and $schema are answered with a 400.
const STRICT_KEYWORDS = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'description',
  'enum',
  'items',
]);

const ObjectSchema = z.object({
  type: z.literal('object'),
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).default([]),
  additionalProperties: z.literal(false),
});
const Node = z.record(z.string(), z.unknown());

const definitions = [
  bashDefinition,
  readDefinition,
  editDefinition,
  writeDefinition,
  grepDefinition,
  globDefinition,
  submitDefinition,
] as const;

/**
 * The seven tools in their frozen order: it is part of the cached prompt prefix. The schemas hold only keywords that
 * `strict: true` accepts; bounds such as maximum are checked when the call arrives.
 */
export const toolCatalog: readonly CatalogEntry[] = Object.freeze(
  definitions.map((tool) =>
    Object.freeze({
      name: tool.name,
      description: tool.description,
      input_schema: inputSchema(tool.input),
      mutating: tool.mutating,
    }),
  ),
);

function inputSchema(schema: z.ZodObject): InputSchema {
  return ObjectSchema.parse(strictNode(z.toJSONSchema(schema)));
}

function strictNode(value: unknown): Record<string, unknown> {
  const kept = Object.entries(Node.parse(value)).filter(([key]) => STRICT_KEYWORDS.has(key));
  return Object.fromEntries(
    kept.map(([key, child]) => {
      if (key === 'properties') return [key, strictProperties(child)];
      if (key === 'items') return [key, strictNode(child)];
      return [key, child];
    }),
  );
}

function strictProperties(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(Node.parse(value)).map(([name, child]) => [name, strictNode(child)]),
  );
}
