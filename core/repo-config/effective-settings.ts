import type { Policy } from '../policy.ts';
import type { Effort } from '../request.ts';
import type { ConfigFile } from './config-file.ts';
import { problemSentence } from './config-problem.ts';
import { chooseModel, type ModelRefusal } from './choose-model.ts';
import { blockingRules } from './gate-rule.ts';
import type { OrganizationConfig } from './organization-config.ts';
import { narrowScope } from './path-scope.ts';
import type { RepositoryConfig } from './repository-config.ts';
import type { RunLimits } from './run-limits.ts';
import type { JobSettings } from './settings.ts';

/** What the requester asked for explicitly; what is absent was left to the files. */
export type AskedOptions = Readonly<{
  model?: string | undefined;
  effort?: Effort | undefined;
  draft?: boolean | undefined;
  paths?: readonly string[] | undefined;
}>;

/** The two files that speak for a repository; undefined where there is none. */
export type ConfigFiles = Readonly<{
  organization?: ConfigFile<OrganizationConfig> | undefined;
  repository?: ConfigFile<RepositoryConfig> | undefined;
}>;

export type SettingsInput = ConfigFiles &
  Readonly<{
    policy: Pick<Policy, 'model' | 'models' | 'effort' | 'limits' | 'reviewer'> &
      Partial<Pick<Policy, 'gate'>>;
    request: AskedOptions;
  }>;

/** Why what was asked for can't be given. */
export type SettingsRefusal =
  | ModelRefusal
  /** `paths` is undefined where they are not told. */
  | Readonly<{ type: 'path_outside'; path: string; paths: readonly string[] | undefined }>;

/**
 * What server, organization, repository and request make of one job. Every bound is the smallest that any of them
 * gives; a choice is the request's, else the repository's, else the organization's, else the server's. Pure.
 */
export function effectiveSettings(
  input: SettingsInput,
): Readonly<{ settings: JobSettings; refusals: readonly SettingsRefusal[] }> {
  const { policy, request } = input;
  const repository = input.repository?.config ?? {};
  const organization = input.organization?.config ?? {};
  const { untold } = input.organization ?? {};
  const model = chooseModel({
    policy,
    organization: { ...organization, untold },
    repository,
    asked: request.model,
  });
  const paths = scopeOf(input);
  const settings: JobSettings = {
    model: model.id,
    effort: request.effort ?? repository.effort ?? organization.effort ?? policy.effort,
    limits: smallestLimits(policy.limits, organization.limits, repository.limits),
    ...defined('budget_micro_usd', smallest(organization.budget?.job, repository.budget?.job)),
    ...defined('setup', repository.setup ?? organization.setup),
    ...defined('verify', repository.verify ?? organization.verify),
    reviewer: repository.reviewer ?? organization.reviewer ?? policy.reviewer,
    ...defined('draft', request.draft ?? repository.draft ?? organization.draft),
    labels: repository.labels ?? organization.labels ?? [],
    reviewers: repository.reviewers ?? organization.reviewers ?? [],
    paths: [...paths.scope],
    gate_blocks: [...blockingRules(policy.gate, organization.gate, repository.gate)],
    sources: {
      ...defined('repository_sha', input.repository?.sha),
      ...defined('organization_sha', input.organization?.sha),
    },
    problems: [
      ...fileProblems(input.organization),
      ...fileProblems(input.repository),
      ...model.notices,
    ],
  };
  return { settings, refusals: [...model.refusals, ...paths.refusals] };
}

/** What holds for a job that no file speaks for, and for jobs that were accepted before files were read. */
export function serverSettings(
  policy: SettingsInput['policy'],
  asked: AskedOptions = {},
): JobSettings {
  return effectiveSettings({ policy, request: asked }).settings;
}

function scopeOf({ organization, repository, request }: SettingsInput) {
  const own = repository?.config.paths ?? [];
  const whole = narrowScope(organization?.config.paths ?? [], own);
  // A repository that names only folders which its organization keeps closed is left with what that one allows.
  const scope = whole.scope.length > 0 ? whole.scope : (organization?.config.paths ?? []);
  const asked = narrowScope(scope, request.paths ?? []);
  const refusals = asked.outside.map((path) => ({
    type: 'path_outside' as const,
    path,
    paths: organization?.untold && organization.config.paths ? undefined : scope,
  }));
  return { scope: refusals.length > 0 ? scope : asked.scope, refusals };
}

type ServerLimits = RunLimits & Readonly<{ turns: number; minutes: number }>;

function smallestLimits(
  server: ServerLimits,
  ...wanted: readonly (RunLimits | undefined)[]
): JobSettings['limits'] {
  const least = (key: keyof RunLimits) => wanted.map((one) => one?.[key]);
  return {
    turns: smallest(server.turns, ...least('turns')) ?? server.turns,
    minutes: smallest(server.minutes, ...least('minutes')) ?? server.minutes,
    ...defined('tokens', smallest(server.tokens, ...least('tokens'))),
    ...defined(
      'compact_at_tokens',
      smallest(server.compact_at_tokens, ...least('compact_at_tokens')),
    ),
    ...defined('command_minutes', smallest(server.command_minutes, ...least('command_minutes'))),
  };
}

function smallest(...values: readonly (number | undefined)[]): number | undefined {
  const given = values.filter((value) => value !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function fileProblems(file: ConfigFile<unknown> | undefined): string[] {
  if (!file || file.problems.length === 0) return [];
  return [
    ...file.problems.map((problem) => problemSentence(file.file, problem)),
    `${file.file} is left aside as a whole until this is corrected.`,
  ];
}

function defined<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): Partial<Record<Key, Value>>;
function defined(key: string, value: unknown): Record<string, unknown> {
  return value === undefined ? {} : { [key]: value };
}
