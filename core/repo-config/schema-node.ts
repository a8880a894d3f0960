import { z } from 'zod';

/** The parts of a JSON Schema that tell what may stand at a place. */
export type SchemaNode = Readonly<{
  type?: string | undefined;
  enum?: readonly unknown[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  maxItems?: number | undefined;
  items?: SchemaNode | undefined;
  properties?: Readonly<Record<string, SchemaNode>> | undefined;
  additionalProperties?: SchemaNode | boolean | undefined;
  anyOf?: readonly SchemaNode[] | undefined;
}>;

const Node: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxItems: z.number().optional(),
    items: Node.optional(),
    properties: z.record(z.string(), Node).optional(),
    additionalProperties: z.union([Node, z.boolean()]).optional(),
    anyOf: z.array(Node).optional(),
  }),
);

/** What a schema takes at a path, as JSON Schema; an empty node where it takes nothing. */
export function schemaNode(schema: z.ZodType, path: readonly PropertyKey[]): SchemaNode {
  const root = Node.parse(z.toJSONSchema(schema, { io: 'input' }));
  return path.reduce<SchemaNode>((node, step) => child(node, step), root);
}

/** The keys that a map at this place may have. */
export function knownKeys(node: SchemaNode): readonly string[] {
  return alternatives(node).flatMap(({ properties }) => Object.keys(properties ?? {}));
}

function child(node: SchemaNode, step: PropertyKey): SchemaNode {
  for (const one of alternatives(node)) {
    if (typeof step === 'number' && one.items) return one.items;
    const named =
      one.properties && Object.hasOwn(one.properties, step)
        ? one.properties[String(step)]
        : undefined;
    if (named) return named;
    if (typeof one.additionalProperties === 'object') return one.additionalProperties;
  }
  return {};
}

function alternatives(node: SchemaNode): readonly SchemaNode[] {
  return node.anyOf ? [node, ...node.anyOf] : [node];
}
