import type { z } from 'zod';
import { type Access, accessOfBrokenText, closedAccess, readAccess } from './access.ts';
import type { ConfigProblem } from './config-problem.ts';
import { describeIssue } from './describe-issue.ts';
import { type OrganizationConfig, OrganizationFile } from './organization-config.ts';
import { readYaml, type ReadYaml } from './read-yaml.ts';
import { type RepositoryConfig, RepositoryFile } from './repository-config.ts';

/**
 * What a file says. With a problem the whole file is left aside: `config` is empty then, and only who may use the
 * repository still holds, or is closed where it can't be read.
 */
export type ReadConfig<Config> = Readonly<{
  config: Config;
  access: Access;
  problems: readonly ConfigProblem[];
}>;

const maxProblems = 10;

/** What holds where something stands that is no file to be read, such as a symbolic link. `what` ends the sentence. */
export function unreadableConfig(what: string): ReadConfig<Record<string, never>> {
  const problem = { path: '', line: undefined, text: `it ${what}.` };
  return { config: {}, access: closedAccess, problems: [problem] };
}

/** Reads `.github/cody.yml` of a repository. Pure; never throws. */
export function readRepoConfig(text: string | Uint8Array): ReadConfig<RepositoryConfig> {
  const { file, ...rest } = read(RepositoryFile, Object.keys(RepositoryFile.shape), text);
  return { config: file ? withBudget(file) : {}, ...rest };
}

/** Reads the file of an organization: defaults for its repositories, and sets. Pure; never throws. */
export function readOrganizationConfig(text: string | Uint8Array): ReadConfig<OrganizationConfig> {
  const { file, ...rest } = read(OrganizationFile, Object.keys(OrganizationFile.shape), text);
  return { config: file ? withBudget(file) : {}, ...rest };
}

type Read<File> = Readonly<{
  file: File | undefined;
  access: Access;
  problems: readonly ConfigProblem[];
}>;

function read<File>(
  schema: z.ZodType<File>,
  known: readonly string[],
  text: string | Uint8Array,
): Read<File> {
  const yaml = readYaml(text);
  if (yaml.type === 'fault') {
    const access = yaml.text === undefined ? closedAccess : accessOfBrokenText(yaml.text);
    return { file: undefined, access, problems: [yaml.problem] };
  }
  const root = withoutNothing(yaml.root);
  const access = readAccess(root, known);
  const parsed = schema.safeParse(root);
  if (parsed.success) {
    const problems = twoBudgets(yaml);
    return { file: problems.length === 0 ? parsed.data : undefined, access, problems };
  }
  // Each issue is one problem at least, and looking up where it stands takes time.
  const issues = parsed.error.issues.slice(0, maxProblems);
  const problems = issues.flatMap((issue) => describeIssue({ schema, yaml }, issue));
  return { file: undefined, access, problems: problems.slice(0, maxProblems) };
}

/** A key without a value counts as absent, but for who may use it: what was begun there must not be taken as open. */
function withoutNothing(root: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(root).filter(
      ([key, value]) => value !== null || key === 'allowed' || key === 'permission',
    ),
  );
}

function twoBudgets({ root, lineOf }: Extract<ReadYaml, { type: 'map' }>): ConfigProblem[] {
  if (!root['budget'] || !root['budgets']) return [];
  const text = '`budgets` is the older name of `budget`, and both stand here.';
  return [{ path: 'budgets', line: lineOf(['budgets']), text }];
}

function withBudget<Budget, File extends { budget?: Budget; budgets?: Budget }>({
  budgets,
  ...file
}: File): Omit<File, 'budgets'> {
  return budgets === undefined ? file : { ...file, budget: budgets };
}
