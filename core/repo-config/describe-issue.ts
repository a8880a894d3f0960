import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { ConfigProblem } from './config-problem.ts';
import type { ReadYaml } from './read-yaml.ts';
import { knownKeys, type SchemaNode, schemaNode } from './schema-node.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What was read, and the schema that does not take it. */
export type Checked = Readonly<{
  schema: z.ZodType;
  yaml: Extract<ReadYaml, { type: 'map' }>;
}>;

/** What an issue says to people: the place, what is wrong, and the nearest thing that is right. Pure. */
export function describeIssue(checked: Checked, issue: Issue): readonly ConfigProblem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(checked, path, key));
  if (issue.code === 'invalid_union') return unionProblems(checked, issue);
  if (issue.code === 'invalid_key') return [wrongKey(checked, issue)];
  return [problemAt(checked, path, wrongValue(checked, issue))];
}

const elsewhere: ReadonlyMap<string, string> = new Map([
  ['sets', "the file of the organization's `.github` repository"],
  ['schedule', "a repository's own file"],
  ['accept_sets', "a repository's own file"],
]);

function unknownKey(checked: Checked, path: Path, key: string): ConfigProblem {
  const line = checked.yaml.lineOf(keysOf(path), key);
  const other = path.length === 0 ? elsewhere.get(key) : undefined;
  if (other !== undefined)
    return { path: key, line, text: `the key \`${key}\` stands only in ${other}.` };
  const known = knownKeys(schemaNode(checked.schema, path));
  const at = (name: string) => placeName([...path, name]);
  const nearest =
    known.length === 0
      ? ''
      : `; the nearest known one is \`${shown(at(closest(key, [...known])))}\``;
  const text = `the key \`${shown(at(key))}\` is unknown${nearest}.`;
  return { path: at(key), line, text };
}

/** A name that was made up by the writer, such as that of a prompt. */
function wrongKey(checked: Checked, issue: Extract<Issue, { code: 'invalid_key' }>): ConfigProblem {
  const why = issue.issues.map(({ message }) => message).join(' and ');
  return problemAt(checked, issue.path, `the name \`${shown(placeName(issue.path))}\` ${why}.`);
}

/** The alternative that was probably meant is the one that takes what stands there at all. */
function unionProblems(
  checked: Checked,
  issue: Extract<Issue, { code: 'invalid_union' }>,
): readonly ConfigProblem[] {
  const { path } = issue;
  const meant = issue.errors.find(
    (errors) => !errors.some((one) => one.code === 'invalid_type' && one.path.length === 0),
  );
  if (meant)
    return meant.flatMap((one) => describeIssue(checked, { ...one, path: [...path, ...one.path] }));
  const custom = issue.message.startsWith('must')
    ? issue.message
    : 'must be text, or keys with values';
  return [problemAt(checked, path, `\`${shown(placeName(path))}\` ${custom}.`)];
}

function problemAt(checked: Checked, path: Path, text: string): ConfigProblem {
  return { path: placeName(path), line: checked.yaml.lineOf(keysOf(path)), text };
}

function wrongValue({ schema, yaml }: Checked, issue: Issue): string {
  const name = `\`${shown(placeName(issue.path))}\``;
  const value = valueAt(yaml.root, issue.path);
  const node = schemaNode(schema, issue.path);
  if (value === undefined) return `${name} is missing.`;
  if (node.enum)
    return `${name} is ${quoted(value)}, which is unknown; ${nearestOf(node.enum, value)}.`;
  if (node.type === 'number' || node.type === 'integer')
    return `${name} is ${quoted(value)}, which is not ${numberWords(node)}; ${nearestNumber(node, value)}.`;
  if (issue.code === 'invalid_type') return `${name} must be ${typeWords(node)}.`;
  if (issue.code === 'too_big') return `${name} is too long: at most ${mostWords(issue)}.`;
  if (issue.code === 'too_small') return `${name} must not be empty.`;
  if (typeof value === 'object') return `${name} ${issue.message}.`;
  return `${name} is ${quoted(value)} and ${issue.message}.`;
}

function nearestOf(known: readonly unknown[], value: unknown): string {
  const names = known.map(String);
  return `the nearest known one is \`${closest(String(value), names)}\``;
}

function numberWords({ type, minimum, maximum }: SchemaNode): string {
  const what = type === 'integer' ? 'a whole number' : 'a number';
  return minimum === undefined || maximum === undefined
    ? what
    : `${what} from ${String(minimum)} to ${String(maximum)}`;
}

function nearestNumber({ type, minimum, maximum }: SchemaNode, value: unknown): string {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || Number.isNaN(number))
    return `the smallest valid value is ${String(minimum ?? 0)}`;
  const bounded = Math.min(Math.max(number, minimum ?? number), maximum ?? number);
  return `the nearest valid value is ${String(type === 'integer' ? Math.round(bounded) : bounded)}`;
}

function typeWords({ type, anyOf, maxItems }: SchemaNode): string {
  if (anyOf) return 'text, or keys with values';
  if (type === 'string') return 'text';
  if (type === 'boolean') return 'true or false';
  if (type !== 'array') return 'keys with values';
  const most = maxItems === undefined ? '' : ` of at most ${String(maxItems)}`;
  return `a list${most}, with \`- \` before each`;
}

function mostWords({ origin, maximum }: Extract<Issue, { code: 'too_big' }>): string {
  return `${String(maximum)} ${origin === 'array' ? 'entries' : 'characters'}`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    return new Map<PropertyKey, unknown>(
      Array.isArray(value) ? value.map((one, at) => [at, one]) : Object.entries(value),
    ).get(step);
  }, root);
}

/** `verify[1]`, `prompts.fix.effort`. */
function placeName(path: Path): string {
  return path
    .map((step, at) =>
      typeof step === 'number' ? `[${String(step)}]` : `${at === 0 ? '' : '.'}${String(step)}`,
    )
    .join('');
}

function keysOf(path: Path): (string | number)[] {
  return path.map((step) => (typeof step === 'number' ? step : String(step)));
}

function quoted(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : typeof value === 'number'
        ? String(value)
        : JSON.stringify(value);
  return `\`${shown(text)}\``;
}

// The file is written by anyone who may push: what is quoted from it stays short and on one line.
function shown(text: string): string {
  return text
    .replaceAll(/[\s`\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, 60)
    .toWellFormed();
}
