import { closest } from 'fastest-levenshtein';
import { Effort } from '../../core/request.ts';

/** What a repository wants for its own runs; what is absent is left to the server. Money in micro-USD. */
export type RepoLimits = Readonly<{
  budget_micro_usd?: number;
  turns?: number;
  minutes?: number;
  model?: string;
  effort?: Effort;
}>;

const path = '.github/cody.yml';

type Root = Readonly<Record<string, unknown>>;

/**
 * Reads `budgets`, `limits`, `model` and `effort` of a parsed `.github/cody.yml`. A wrong value is left out and told in
 * one sentence with the nearest valid one, in `problems`. Never throws.
 */
export function readRepoLimits(root: Root, problems: string[]): RepoLimits {
  const budgets = section(root, { key: 'budgets', known: ['job'] }, problems);
  const limits = section(root, { key: 'limits', known: ['turns', 'minutes'] }, problems);
  const usd = amount(
    budgets['job'],
    { at: 'budgets.job', least: 0.01, what: 'an amount in USD' },
    problems,
  );
  const turns = amount(
    limits['turns'],
    { at: 'limits.turns', least: 1, what: 'a number of turns', whole: true },
    problems,
  );
  const minutes = amount(
    limits['minutes'],
    { at: 'limits.minutes', least: 1, what: 'a number of minutes' },
    problems,
  );
  const model = readModel(root['model'], problems);
  const effort = readEffort(root['effort'], problems);
  return {
    ...(usd === undefined ? {} : { budget_micro_usd: Math.round(usd * 1_000_000) }),
    ...(turns === undefined ? {} : { turns }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
  };
}

function section(
  root: Root,
  { key, known }: Readonly<{ key: string; known: readonly string[] }>,
  problems: string[],
): Root {
  const value = root[key];
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    problems.push(`${path}: \`${key}\` must hold keys with values: ${words(known)}.`);
    return {};
  }
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const nearest = closest(name, [...known]);
    problems.push(
      `${path}: the key \`${key}.${shown(name)}\` is unknown; the nearest known one is \`${key}.${nearest}\`.`,
    );
  }
  return Object.fromEntries(Object.entries(value));
}

type Amount = Readonly<{ at: string; least: number; what: string; whole?: boolean }>;

function amount(value: unknown, rule: Amount, problems: string[]): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const usable = typeof number === 'number' && Number.isFinite(number);
  const nearest = usable
    ? Math.max(rule.least, rule.whole ? Math.round(number) : number)
    : undefined;
  if (nearest !== undefined && nearest === value) return nearest;
  const advice =
    nearest === undefined
      ? `the smallest valid value is ${rule.least}`
      : `the nearest valid value is ${nearest}`;
  problems.push(
    `${path}: \`${rule.at}\` is ${shown(JSON.stringify(value))}, which is not ${rule.what}; ${advice}.`,
  );
  return undefined;
}

function readModel(value: unknown, problems: string[]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && /^[\w.:@/-]{1,100}$/.test(value)) return value;
  problems.push(`${path}: \`model\` must be the id of a model, for example \`claude-sonnet-5-5\`.`);
  return undefined;
}

function readEffort(value: unknown, problems: string[]): Effort | undefined {
  if (value === undefined || value === null) return undefined;
  const effort = Effort.safeParse(value);
  if (effort.success) return effort.data;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  problems.push(
    `${path}: \`effort\` is \`${shown(text)}\`, which is unknown; the nearest known one is \`${closest(text, [...Effort.options])}\`.`,
  );
  return undefined;
}

function words(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

// The file is written by anyone who may push: what is quoted from it stays short and on one line.
function shown(text: string): string {
  return text.replaceAll(/[\s`\p{Cc}]+/gu, ' ').slice(0, 60);
}
