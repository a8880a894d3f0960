import { closest } from 'fastest-levenshtein';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { detectInstall } from './install.ts';
import { listTree, readBlobs } from './objects.ts';

const Commands = z.array(z.string().trim().min(1).max(2000)).max(20);

/** The keys of `.github/cody.yml` that the worker reads. */
const keys = { setup: Commands, verify: Commands } as const;
type Key = keyof typeof keys;

/** Keys that other parts of the product read. */
const otherKeys = [
  'prompts',
  'model',
  'effort',
  'budgets',
  'paths',
  'labels',
  'reviewers',
  'allow',
  'schedule',
];

/** How to prepare and to check this repository. `detected`: set-up comes from a lockfile, not from the file. */
export type RepoConfig = Readonly<{
  setup: readonly string[];
  verify: readonly string[];
  detected: boolean;
  /** What is wrong with the file, one sentence each, for the thread. */
  problems: readonly string[];
}>;

const path = '.github/cody.yml';
const maxBytes = 64 * 1024;

/**
 * Reads `.github/cody.yml` of a commit. Without `setup`, one install is detected from a lockfile in the root;
 * without `verify`, nothing is verified. A wrong value is reported and only that key is ignored. Throws `GitError`.
 */
export async function readRepoConfig(
  from: Readonly<{ gitDir: string; sha: string }>,
): Promise<RepoConfig> {
  const files = await listTree(from, from.sha);
  const file = files.find((one) => one.path === path && one.mode !== '120000');
  const install = detectInstall(new Set(files.map((one) => one.path)));
  if (!file || (file.size ?? 0) > maxBytes) {
    const problems = file ? [`${path} is larger than 64 KiB and was not read.`] : [];
    return completed({ problems }, install);
  }
  const [blob] = await readBlobs(from, [file.sha]);
  return completed(parseRepoConfig(String(blob)), install);
}

type Parsed = { setup?: readonly string[]; verify?: readonly string[]; problems: string[] };

/** Parses the text of `.github/cody.yml`: what it says, and what is wrong with it. Never throws. */
export function parseRepoConfig(text: string): Parsed {
  const read = readYaml(text);
  if ('fault' in read) return { problems: [`${path} is not valid YAML: ${firstLine(read.fault)}`] };
  const root = z.record(z.string(), z.unknown()).safeParse(read.value ?? {});
  if (!root.success) return { problems: [`${path} must hold keys with values at its top level.`] };
  const problems = Object.keys(root.data).flatMap(unknownKey);
  const setup = readCommands('setup', root.data, problems);
  const verify = readCommands('verify', root.data, problems);
  return { ...(setup ? { setup } : {}), ...(verify ? { verify } : {}), problems };
}

function readYaml(text: string): { value: unknown } | { fault: string } {
  const document = parseDocument(text, { logLevel: 'silent' });
  const [fault] = document.errors;
  if (fault) return { fault: fault.message };
  try {
    const value: unknown = document.toJS({ maxAliasCount: 10 });
    return { value };
  } catch {
    // Aliases that multiply are an attack on the reader, or a mistake.
    return { fault: 'it repeats aliases too often.' };
  }
}

function readCommands(
  key: Key,
  root: Readonly<Record<string, unknown>>,
  problems: string[],
): readonly string[] | undefined {
  if (root[key] === undefined || root[key] === null) return undefined;
  const value = keys[key].safeParse(root[key]);
  if (value.success) return value.data;
  problems.push(
    `${path}: \`${key}\` must be a list of at most 20 commands, for example \`- npm test\`.`,
  );
  return undefined;
}

function unknownKey(key: string): string[] {
  const all = [...Object.keys(keys), ...otherKeys];
  if (all.includes(key)) return [];
  return [
    `${path}: the key \`${key.slice(0, 60)}\` is unknown; the nearest known one is \`${closest(key, all)}\`.`,
  ];
}

function completed(parsed: Parsed, install: string | undefined): RepoConfig {
  const detected = parsed.setup === undefined && install !== undefined;
  return {
    setup: parsed.setup ?? (install === undefined ? [] : [install]),
    verify: parsed.verify ?? [],
    detected,
    problems: parsed.problems,
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
