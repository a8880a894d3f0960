import { z } from 'zod';

const Node = z.object({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});

/** Returns the smallest value that a JSON schema of the structured-output subset accepts. */
export function sampleJson(schema: unknown): unknown {
  const parsed = Node.safeParse(schema);
  if (!parsed.success) return null;
  const node = parsed.data;
  if (node.const !== undefined) return node.const;
  if (node.enum !== undefined) return node.enum[0];
  if (node.anyOf !== undefined) return sampleJson(node.anyOf[0]);
  switch (node.type) {
    case 'object': {
      const properties = Object.entries(node.properties ?? {});
      return Object.fromEntries(properties.map(([name, value]) => [name, sampleJson(value)]));
    }
    case 'array':
      return [];
    case 'string':
      return 'scripted model';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case undefined:
    default:
      return null;
  }
}
