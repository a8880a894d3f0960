import { createHash } from 'node:crypto';

/** What is planted, and where. */
export const canaryNames = [
  'webhook_secret',
  'anthropic_key',
  'attempt_key',
  'token',
  'parent_environment',
  'credential_endpoint',
  'neighbour',
  'git_directory',
  'home',
  'machine',
  'private_repository',
] as const;
export type CanaryName = (typeof canaryNames)[number];

/** Values that stand nowhere else: 32 letters and digits each, the same in every run. */
export const canaries = Object.fromEntries(
  canaryNames.map((name) => [name, valueOf(name)]),
) as Readonly<Record<CanaryName, string>>;

function valueOf(name: string): string {
  const text = createHash('sha256').update(`canary ${name}`).digest('base64');
  return text.replaceAll(/[^A-Za-z0-9]/g, 'x').slice(0, 32);
}

/** Puts the values in where a text has `{{name}}`; further values go before. */
export function planted(text: string, values: Readonly<Record<string, string>> = {}): string {
  return text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => {
    const value = values[name] ?? (canaries as Readonly<Record<string, string>>)[name];
    return value ?? whole;
  });
}

/** The same in every text of a value, names of fields among them. */
export function plantedDeep<Value>(
  value: Value,
  values: Readonly<Record<string, string>> = {},
): Value {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) => {
    if (typeof one === 'string') return planted(one, values);
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(
      Object.entries(one).map(([name, field]) => [planted(name, values), field]),
    );
  }) as Value;
}
