import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { Call } from './running-web.ts';

type Schema = Readonly<Record<string, unknown>>;
type Parameter = Readonly<{ in: string; name: string; required?: boolean; schema: Schema }>;
type Content = Readonly<Record<string, Readonly<{ schema: Schema }>>>;
type Operation = Readonly<{
  security?: readonly unknown[];
  parameters?: readonly Parameter[];
  requestBody?: Readonly<{ required?: boolean; content: Content }>;
  responses: Readonly<Record<string, Readonly<{ content?: Content }>>>;
}>;
type Document = Readonly<{
  openapi: string;
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}>;

type Exchange = Readonly<{
  method: string;
  path: string;
  call: Call;
  headers: Headers;
  answer: Response;
  text: string;
}>;

/** The API's description as a judge. */
export type Contract = Readonly<{
  /** `METHOD /path/{template}` of every operation, and whether strangers may call it. */
  operations: readonly Readonly<{ name: string; open: boolean }>[];
  /** What was called so far, with the statuses that came back. */
  seen: ReadonlyMap<string, ReadonlySet<number>>;
  /** Throws when an answer does not fit, or a request that does not fit was taken. */
  check: (exchange: Exchange) => void;
}>;

export function createContract(described: unknown): Contract {
  const document = described as Document;
  const ajv = new Ajv2020({ strict: false, coerceTypes: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'api');
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      operation,
      open: operation.security?.length === 0,
    })),
  );
  // Every schema has to compile, also those that no test meets.
  const judge = (schema: Schema) => ajv.compile(pointed(schema));
  for (const { operation } of operations) {
    for (const { schema } of operation.parameters ?? []) judge(schema);
    for (const { content } of Object.values(operation.responses))
      for (const { schema } of Object.values(content ?? {})) judge(schema);
  }
  const seen = new Map<string, Set<number>>();
  return {
    operations,
    seen,
    check: (exchange) => {
      const found = operations.find(({ name }) => fits(name, exchange));
      if (!found) throw new Error(`${exchange.method} ${exchange.path} is not described`);
      const { name, operation } = found;
      const { status } = exchange.answer;
      seen.set(name, (seen.get(name) ?? new Set()).add(status));
      const wrong = requestProblems(judge, found, exchange);
      if (wrong.length > 0 && status < 400)
        throw new Error(`${name} took what is not described: ${wrong.join('; ')}`);
      if (wrong.length === 0 && status === 400 && !exchange.call.query?.['cursor'])
        throw new Error(`${name} refused what is described: ${exchange.text}`);
      const problem = answerProblem(judge, operation, exchange);
      if (problem !== undefined) throw new Error(`${name} ${status}: ${problem}`);
    },
  };
}

type Judge = (schema: Schema) => ReturnType<Ajv2020['compile']>;

function requestProblems(
  judge: Judge,
  { name, operation }: Readonly<{ name: string; operation: Operation }>,
  { path, call, headers }: Exchange,
): readonly string[] {
  const template = (name.split(' ')[1] ?? '').split('/');
  const given = (parameter: Parameter): string | undefined => {
    if (parameter.in === 'query') return call.query?.[parameter.name];
    if (parameter.in === 'header') return headers.get(parameter.name) ?? undefined;
    return path.split('/')[template.indexOf(`{${parameter.name}}`)];
  };
  const problems = (operation.parameters ?? []).flatMap((parameter) => {
    const text = given(parameter);
    if (text === undefined) return parameter.required ? [`${parameter.name} is missing`] : [];
    const number = [parameter.schema['type']].flat().includes('integer');
    return judge(parameter.schema)(number ? Number(text) : text) ? [] : [parameter.name];
  });
  const schema = operation.requestBody?.content['application/json']?.schema;
  return schema && !judge(schema)(call.body) ? [...problems, 'body'] : problems;
}

function answerProblem(
  judge: Judge,
  { responses }: Operation,
  { answer, text }: Exchange,
): string | undefined {
  const response = responses[String(answer.status)];
  if (!response) return 'this status is not described';
  if (!response.content) return text === '' ? undefined : 'a body is not described';
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  const schema = response.content[type]?.schema;
  if (!schema) return `${type} is not described`;
  const valid = judge(schema);
  const value: unknown = type.endsWith('json') ? JSON.parse(text) : text;
  return valid(value) ? undefined : JSON.stringify(valid.errors);
}

function fits(name: string, { method, path }: Exchange): boolean {
  const [wanted, template = ''] = name.split(' ');
  const pattern = template.replaceAll(/\{[^}]+\}/g, '[^/]+');
  return wanted === method && new RegExp(`^${pattern}$`).test(path);
}

/** References point into the document. */
function pointed(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"api#/')) as Schema;
}
