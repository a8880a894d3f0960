import { closest } from 'fastest-levenshtein';
import { Effort } from '../request.ts';
import type { UsageProblem } from './usage-problem.ts';

/** A repository as the writer named it. */
export type NamedRepository = { owner: string; name: string; branch?: string | undefined };

/** Options as they were written; absent ones are left to the policy. */
export type Options = {
  repositories: NamedRepository[];
  base?: string;
  model?: string;
  effort?: Effort;
  budget_micro_usd?: number;
  draft?: boolean;
  open_pull_request: boolean;
  set?: string;
  path?: string;
  plan?: boolean;
  allow_public?: boolean;
};

type Read =
  | Readonly<{ type: 'options'; options: Options; rest: string }>
  | Readonly<{ type: 'problem'; problem: UsageProblem }>;

type SetOption = (options: Options, value: string) => boolean;

/** At most this many repositories per request. */
export const maxRepositories = 5;

/** Accounts that an enterprise manages have an underscore before its short code. */
const owner = /^[a-z0-9][a-z0-9_-]{0,38}$/i;
const repositoryName = /^(?!\.{1,2}$)[\w.-]{1,100}$/;

const withValue: Readonly<Record<string, SetOption>> = {
  '--repo': (options, value) => {
    const repository = readRepository(value);
    if (repository) options.repositories.push(repository);
    return repository !== undefined;
  },
  '--base': (options, value) => {
    options.base = value;
    return isBranch(value);
  },
  '--model': (options, value) => {
    options.model = value;
    return /^[\w.:-]{1,100}$/.test(value);
  },
  '--effort': (options, value) => {
    const effort = Effort.safeParse(value);
    if (effort.success) options.effort = effort.data;
    return effort.success;
  },
  '--budget': (options, value) => {
    const amount = /^\$?(\d{1,6}(?:\.\d{1,6})?)$/.exec(value)?.[1];
    options.budget_micro_usd = Math.round(Number(amount ?? 0) * 1_000_000);
    return options.budget_micro_usd > 0;
  },
  '--set': (options, value) => {
    options.set = value;
    return savedName.test(value);
  },
  '--path': (options, value) => {
    const path = readFolder(value);
    if (path !== undefined) options.path = path;
    return path !== undefined;
  },
};

const flags: Readonly<Record<string, (options: Options) => void>> = {
  '--draft': (options) => {
    options.draft = true;
  },
  '--ready': (options) => {
    options.draft = false;
  },
  '--no-pr': (options) => {
    options.open_pull_request = false;
  },
  '--plan': (options) => {
    options.plan = true;
  },
  '--allow-public': (options) => {
    options.allow_public = true;
  },
};

const known = [...Object.keys(withValue), ...Object.keys(flags)];

/**
 * Reads the options before the prompt's first word. `rest` starts at that word; `--` ends the options early. Returns
 * the first problem instead when an option is unknown, ill-typed, repeated or contradicts another one.
 */
export function readOptions(text: string): Read {
  const options: Options = { repositories: [], open_pull_request: true };
  const seen = new Set<string>();
  let rest = text.trimStart();
  for (;;) {
    const word = firstWord(rest);
    // Phones write two hyphens as one dash.
    const option = word.replace(/^[\u2013\u2014](?=[a-z])/i, '--');
    if (!/^--[a-z]/i.test(option)) {
      const problem = contradiction(options, seen);
      if (problem) return { type: 'problem', problem };
      return { type: 'options', options, rest: word === '--' ? after(rest, word) : rest };
    }
    const step = readOption(options, { word: option, rest: after(rest, word), seen });
    if (typeof step !== 'string') return { type: 'problem', problem: step };
    rest = step;
  }
}

type Step = Readonly<{ word: string; rest: string; seen: Set<string> }>;

/** Sets one option and returns the text behind it, or what is wrong with it. */
function readOption(options: Options, { word, rest, seen }: Step): string | UsageProblem {
  const [written, inlineValue] = splitOnce(word);
  const option = written.toLowerCase();
  if (seen.has(option) && option !== '--repo') return { type: 'repeated_option', option };
  seen.add(option);
  const flag = own(flags, option);
  if (flag) {
    if (inlineValue !== undefined) return { type: 'needless_value', option };
    flag(options);
    return rest;
  }
  const set = own(withValue, option);
  if (!set) return unknownOption(option);
  const value = inlineValue ?? firstWord(rest);
  if (value === '' || (inlineValue === undefined && value.startsWith('--')))
    return { type: 'missing_value', option };
  if (!set(options, value)) return { type: 'bad_value', option, value: value.slice(0, 100) };
  return inlineValue === undefined ? after(rest, value) : rest;
}

/** A plan publishes nothing, so that nothing can be said about its pull request. */
const exclusive: readonly (readonly [string, string])[] = [
  ['--draft', '--ready'],
  ['--no-pr', '--draft'],
  ['--no-pr', '--ready'],
  ['--plan', '--no-pr'],
  ['--set', '--repo'],
];

function contradiction(options: Options, seen: ReadonlySet<string>): UsageProblem | undefined {
  if (options.repositories.length > maxRepositories)
    return { type: 'too_many_repositories', count: options.repositories.length };
  const both = exclusive.find(([one, other]) => seen.has(one) && seen.has(other));
  return both && { type: 'conflicting_options', options: both };
}

function unknownOption(option: string): UsageProblem {
  const written = option.slice(0, 100);
  return { type: 'unknown_option', option: written, nearest: closest(written, known) };
}

/** How saved prompts, schedules and sets of repositories are named. */
export const savedName = /^[a-z0-9][a-z0-9_-]{0,39}$/;

/** A folder relative to the root of a repository, without a slash at its ends; undefined when it leads elsewhere. */
export function readFolder(text: string): string | undefined {
  const parts = text
    .replace(/^\.?\//, '')
    .replace(/\/+$/, '')
    .split('/');
  const plain = parts.every((part) => !['', '.', '..', '.git'].includes(part.toLowerCase()));
  return plain && text.length <= 200 && !/[\\\p{Cc}:*?"<>|]/u.test(text)
    ? parts.join('/')
    : undefined;
}

/** `owner/name` or `owner/name@branch`; undefined when it is neither. */
export function readRepository(text: string): NamedRepository | undefined {
  const [, account = '', name = '', branch] = /^([^/@]+)\/([^/@]+)(?:@(.+))?$/.exec(text) ?? [];
  if (!owner.test(account) || !repositoryName.test(name)) return undefined;
  if (branch !== undefined && !isBranch(branch)) return undefined;
  return { owner: account, name, ...(branch === undefined ? {} : { branch }) };
}

/** The rules of git check-ref-format that matter for a name that GitHub is asked about. */
function isBranch(name: string): boolean {
  return (
    name.length <= 200 &&
    !/[\s~^:?*[\\\p{Cc}]/u.test(name) &&
    !/^[-/.]|\.\.|\/\/|\/\.|@\{|\.lock(\/|$)|[./]$/.test(name)
  );
}

function firstWord(text: string): string {
  return /^\S+/.exec(text)?.[0] ?? '';
}

function after(text: string, word: string): string {
  return text.slice(word.length).trimStart();
}

function splitOnce(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
