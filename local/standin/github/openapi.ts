import type { ErrorObject } from 'ajv';

import { GithubError } from './github-error.ts';
import { createSchemaCompiler, type SchemaCompiler } from './json-schema.ts';
import {
  dig,
  isObject,
  type JsonObject,
  type OpenApiDocument,
  readOpenApiDocument,
} from './openapi-document.ts';

/** A request as its operation sees it: path parameters and query still as text. */
type OpenApiRequest = Readonly<{
  operation: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: unknown;
}>;

/** Judges requests, answers and webhook payloads by GitHub's own description. */
export type OpenApi = Readonly<{
  /** Throws GithubError 404 or 422 where the request does not fit its operation. */
  checkRequest: (request: OpenApiRequest) => Promise<void>;
  /** What is wrong with an answer, or null. */
  checkResponse: (
    answer: Readonly<{ operation: string; status: number; body: unknown }>,
  ) => Promise<string | null>;
  /** What is wrong with a webhook payload, or null. Events without a description pass. */
  checkWebhook: (event: string, payload: JsonObject) => Promise<string | null>;
}>;

/** The description never changes, and it costs half a second: all judges of a process share what was made of it. */
let loading: Promise<Loaded> | undefined;
const load = () => (loading ??= loadDescription());

/** Creates the judge. The description is read, and each validator compiled, at its first use. */
export function createOpenApi(): OpenApi {
  return {
    checkRequest: async (request) => checkRequest(await load(), request),
    checkResponse: async (answer) => checkResponse(await load(), answer),
    checkWebhook: async (event, payload) => checkWebhook(await load(), event, payload),
  };
}

type Loaded = Readonly<{
  document: OpenApiDocument;
  strict: SchemaCompiler;
  coercing: SchemaCompiler;
  /** A parameter's schema in an object of its own, which coercion needs; the same one at each use. */
  boxOf: (parameter: JsonObject) => JsonObject;
}>;

async function loadDescription(): Promise<Loaded> {
  const document = await readOpenApiDocument();
  return {
    document,
    strict: createSchemaCompiler(document, { coerce: false }),
    coercing: createSchemaCompiler(document, { coerce: true }),
    boxOf: createBoxes(),
  };
}

function createBoxes(): Loaded['boxOf'] {
  const boxes = new WeakMap<JsonObject, JsonObject>();
  return (parameter) => {
    const box = boxes.get(parameter) ?? {
      type: 'object',
      properties: { value: dig(parameter, 'schema') },
    };
    boxes.set(parameter, box);
    return box;
  };
}

function operationOf(document: OpenApiDocument, operation: string): JsonObject {
  const [method = '', template = ''] = operation.split(' ');
  const found = document.operation(method.toLowerCase(), template);
  if (!found) throw new GithubError(404, 'Not Found');
  return found;
}

function checkRequest(loaded: Loaded, request: OpenApiRequest): void {
  const operation = operationOf(loaded.document, request.operation);
  const parameters = operation['parameters'];
  for (const entry of Array.isArray(parameters) ? parameters : []) {
    checkParameter(loaded, request, loaded.document.resolve(entry));
  }
  checkBody(loaded, operation, request);
}

function checkParameter(loaded: Loaded, request: OpenApiRequest, parameter: unknown): void {
  if (!isObject(parameter)) return;
  const name = dig(parameter, 'name');
  const place = dig(parameter, 'in');
  if (typeof name !== 'string' || (place !== 'path' && place !== 'query')) return;
  const given = place === 'path' ? request.params[name] : request.query.get(name);
  if (given === undefined || given === null) {
    if (dig(parameter, 'required') === true) throw invalid(`"${name}" wasn't supplied.`);
    return;
  }
  const validate = loaded.coercing.compile(loaded.boxOf(parameter));
  if (validate({ value: given })) return;
  // An id that is not a number leads nowhere: GitHub's router answers 404, not 422.
  if (place === 'path') throw new GithubError(404, 'Not Found');
  throw invalid(loaded.coercing.explain(validate.errors).replace('body/value', name));
}

function checkBody(loaded: Loaded, operation: JsonObject, request: OpenApiRequest): void {
  const description = loaded.document.resolve(operation['requestBody']);
  const schema = dig(description, 'content', 'application/json', 'schema');
  if (schema === undefined) return;
  if (request.body === undefined) {
    if (dig(description, 'required') === true) throw invalid('A request body is required.');
    return;
  }
  const validate = loaded.strict.compile(schema);
  if (!validate(request.body)) throw invalid(wording(validate.errors, loaded.strict));
}

function wording(errors: ErrorObject[] | null | undefined, compiler: SchemaCompiler): string {
  const first = errors?.[0];
  const missing = dig(first?.params, 'missingProperty');
  return typeof missing === 'string' ? `"${missing}" wasn't supplied.` : compiler.explain(errors);
}

function invalid(problem: string): GithubError {
  return new GithubError(422, `Invalid request.\n\n${problem}`);
}

function checkResponse(
  loaded: Loaded,
  answer: Readonly<{ operation: string; status: number; body: unknown }>,
): string | null {
  const { document, strict } = loaded;
  const responses = operationOf(document, answer.operation)['responses'];
  const response = document.resolve(dig(responses, String(answer.status)));
  if (response === undefined) {
    return answer.status < 400
      ? `${answer.operation}: status ${answer.status} is not described`
      : judge(strict, document.component('schemas', 'basic-error'), answer);
  }
  const schema = dig(response, 'content', 'application/json', 'schema');
  if (schema === undefined) {
    const silent = answer.body === undefined || answer.status >= 400;
    return silent ? null : `${answer.operation}: ${answer.status} has a body but none is described`;
  }
  return judge(strict, schema, answer);
}

function judge(
  strict: SchemaCompiler,
  schema: unknown,
  answer: Readonly<{ operation: string; status: number; body: unknown }>,
): string | null {
  const validate = strict.compile(schema);
  if (validate(answer.body)) return null;
  return `${answer.operation} ${answer.status}: ${strict.explain(validate.errors)}`;
}

function checkWebhook(loaded: Loaded, event: string, payload: JsonObject): string | null {
  const base = event.replaceAll('_', '-');
  const action = payload['action'];
  const name = typeof action === 'string' ? `${base}-${action.replaceAll('_', '-')}` : base;
  const schema = loaded.document.webhook(name);
  if (!isObject(schema)) return null;
  const validate = loaded.strict.compile(schema);
  return validate(payload) ? null : `webhook ${name}: ${loaded.strict.explain(validate.errors)}`;
}
