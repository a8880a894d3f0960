import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { invalidRequest } from './api-error.ts';
import type { ToolDefinition } from './message-request.ts';

const JsonObject = z.record(z.string(), z.unknown());

// Structured outputs and strict tools accept a subset of JSON Schema (platform documentation, "JSON Schema limitations").
const REFUSED_WHEN_STRICT = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
];

// One for all requests: it compiles the draft's own schema at its first use, which takes longer than all else here.
const ajv = new Ajv2020({ strict: false, logger: false });

/** Throws a 400 for duplicate tool names and for input schemas that the API does not accept. */
export function checkTools(tools: readonly ToolDefinition[]): void {
  const names = new Set<string>();
  for (const [index, tool] of tools.entries()) {
    if (names.has(tool.name)) throw invalidRequest('tools: Tool names must be unique.');
    names.add(tool.name);
    checkInputSchema(tool, `tools.${index}.custom.input_schema`);
  }
}

/** Throws a 400 when a schema does not describe closed objects or uses a keyword outside the strict subset. */
export function checkStrictSchema(schema: unknown, path: string): void {
  if (Array.isArray(schema)) {
    schema.forEach((item, index) => checkStrictSchema(item, `${path}.${index}`));
    return;
  }
  const node = JsonObject.safeParse(schema);
  if (!node.success) return;
  checkStrictNode(node.data, path);
  for (const [key, value] of Object.entries(node.data)) {
    if (key === 'properties' || key === '$defs') checkNamedSchemas(value, `${path}.${key}`);
    else if (key !== 'enum' && key !== 'const' && key !== 'default')
      checkStrictSchema(value, `${path}.${key}`);
  }
}

function checkInputSchema(tool: ToolDefinition, path: string): void {
  const schema = tool.input_schema;
  if (schema['type'] !== 'object') throw invalidRequest(`${path}.type: Input should be 'object'`);
  if (ajv.validateSchema(schema) !== true) {
    throw invalidRequest(
      `${path}: JSON schema is invalid. It must match JSON Schema draft 2020-12 (${ajv.errorsText()})`,
    );
  }
  if (tool.strict === true) checkStrictSchema(schema, path);
}

function checkNamedSchemas(value: unknown, path: string): void {
  const named = JsonObject.safeParse(value);
  if (!named.success) return;
  for (const [name, schema] of Object.entries(named.data))
    checkStrictSchema(schema, `${path}.${name}`);
}

function checkStrictNode(node: Readonly<Record<string, unknown>>, path: string): void {
  if (node['type'] === 'object' && node['additionalProperties'] !== false) {
    throw invalidRequest(
      `${path}: For 'object' type, 'additionalProperties' must be explicitly set to false`,
    );
  }
  const refused = REFUSED_WHEN_STRICT.find((keyword) => keyword in node);
  if (refused !== undefined) {
    throw invalidRequest(
      `${path}: For '${String(node['type'])}' type, property '${refused}' is not supported`,
    );
  }
}
