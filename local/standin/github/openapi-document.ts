import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A JSON object of unknown shape. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** GitHub's OpenAPI description, read once and looked into by name. */
export type OpenApiDocument = Readonly<{
  /** The operation of a method (lower case) and a path template. */
  operation: (method: string, template: string) => JsonObject | undefined;
  /** The schema of a webhook's body, by `<event>-<action>` or `<event>`, dashes for underscores. */
  webhook: (name: string) => unknown;
  /** The names of all webhooks, in that form. */
  webhookNames: () => readonly string[];
  component: (group: string, name: string) => unknown;
  /** Follows `$ref` into the components; anything else comes back unchanged. */
  resolve: (value: unknown) => unknown;
}>;

/** Whether the value is a JSON object (not a list, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Follows names through nested objects; undefined where one is missing. */
export function dig(value: unknown, ...names: string[]): unknown {
  return names.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
}

/** Reads the description that `@octokit/openapi` carries for github.com (13 MB, some 100 ms). */
export async function readOpenApiDocument(): Promise<OpenApiDocument> {
  const file = createRequire(import.meta.url).resolve(
    '@octokit/openapi/generated/api.github.com.json',
  );
  const document: unknown = JSON.parse(await readFile(file, 'utf8'));
  const component = (group: string, name: string) => dig(document, 'components', group, name);
  const resolve = (value: unknown): unknown => {
    const reference = dig(value, '$ref');
    if (typeof reference !== 'string') return value;
    const [, , group = '', ...name] = reference.split('/');
    return resolve(component(group, name.join('/')));
  };
  return {
    operation: (method, template) => {
      const found = dig(document, 'paths', template, method);
      return isObject(found) ? found : undefined;
    },
    webhook: (name) => {
      const body = dig(document, 'x-webhooks', name, 'post', 'requestBody');
      return dig(resolve(body), 'content', 'application/json', 'schema');
    },
    webhookNames: () => {
      const webhooks = dig(document, 'x-webhooks');
      return isObject(webhooks) ? Object.keys(webhooks) : [];
    },
    component,
    resolve,
  };
}
