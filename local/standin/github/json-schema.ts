import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

import { isObject, type OpenApiDocument } from './openapi-document.ts';

/** Compiles schemas of the OpenAPI description, each at its first use. */
export type SchemaCompiler = Readonly<{
  compile: (schema: unknown) => ValidateFunction;
  explain: (errors: readonly ErrorObject[] | null | undefined) => string;
}>;

/** OpenAPI 3.0 words that JSON Schema does not know or that say nothing about a value. */
const DROPPED = new Set([
  'nullable',
  'discriminator',
  'example',
  'examples',
  'description',
  'title',
  'deprecated',
  'readOnly',
  'writeOnly',
  'externalDocs',
  'xml',
]);

/** `coerce` reads numbers and booleans out of text, for paths and queries. */
export function createSchemaCompiler(
  document: OpenApiDocument,
  options: Readonly<{ coerce: boolean }>,
): SchemaCompiler {
  const ajv = new Ajv({
    strict: false,
    allErrors: false,
    inlineRefs: false,
    coerceTypes: options.coerce ? 'array' : false,
    code: { optimize: false },
    validateFormats: true,
    logger: false,
  });
  addFormats.default(ajv);
  ajv.addFormat('repo.nwo', /^[^/\s]+\/[^/\s]+$/);
  ajv.addFormat('timestamp', true);
  // Brackets stand in the addresses of Apps' bots, and git takes any text for one.
  ajv.addFormat('email', /^[^\s@]+@[^\s@]+$/);
  // The description marks many templates and addresses alike as `uri`; braces stand in some of GitHub's own.
  ajv.addFormat('uri', /^[a-z][a-z0-9+.-]*:[^\s<>"]*$/i);
  ajv.addFormat('uri-template', /^[^\s<>"]*$/);

  const known = new Set<string>();
  const translate = (schema: unknown): unknown => {
    if (Array.isArray(schema)) return schema.map(translate);
    if (!isObject(schema)) return schema;
    const reference = schema['$ref'];
    if (typeof reference === 'string') return { $ref: register(reference) };
    const plain = Object.fromEntries(
      Object.entries(schema)
        .filter(([key, value]) => !isDropped(key, value))
        .map(([key, value]) => [
          meansEither(key, value) ? 'anyOf' : key,
          translateKeyword(key, value, translate),
        ]),
    );
    return schema['nullable'] === true ? orNull(plain) : plain;
  };
  const register = (reference: string): string => {
    const name = reference.split('/').pop() ?? '';
    if (!known.has(name)) {
      known.add(name);
      const translated = translate(document.component('schemas', name));
      ajv.addSchema(isObject(translated) ? { ...translated, $id: `gh:${name}` } : {}, `gh:${name}`);
    }
    return `gh:${name}`;
  };
  const compiled = new WeakMap<object, ValidateFunction>();
  return {
    compile: (schema) => {
      if (!isObject(schema)) return ajv.compile({});
      const ready = compiled.get(schema);
      if (ready) return ready;
      const translated = translate(schema);
      const validate = ajv.compile(isObject(translated) ? translated : {});
      compiled.set(schema, validate);
      return validate;
    },
    explain: (errors) => ajv.errorsText([...(errors ?? [])], { separator: '; ', dataVar: 'body' }),
  };
}

function isDropped(key: string, value: unknown): boolean {
  // A property may be called `description` or `title`; those stand inside `properties` and hold objects.
  return DROPPED.has(key) && !isObject(value);
}

/** In places the description says that an account is a user and an enterprise at once; it is either. */
function meansEither(key: string, value: unknown): boolean {
  const titled = (title: string) =>
    Array.isArray(value) && value.some((member) => isObject(member) && member['title'] === title);
  return key === 'allOf' && titled('Simple User') && titled('Enterprise');
}

function translateKeyword(
  key: string,
  value: unknown,
  translate: (schema: unknown) => unknown,
): unknown {
  if (key === 'enum' || key === 'required' || key === 'default' || key === 'const') return value;
  return translate(value);
}

function orNull(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (typeof schema['type'] !== 'string') return { anyOf: [{ type: 'null' }, schema] };
  const values = schema['enum'];
  return {
    ...schema,
    type: [schema['type'], 'null'],
    ...(Array.isArray(values) && !values.includes(null) ? { enum: [...values, null] } : {}),
  };
}
