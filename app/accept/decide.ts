import type { Command } from '../../core/command.ts';
import { type PermissionLevel, mayWrite } from '../../core/github/permission.ts';
import type { ResolvedRepository } from '../../core/github/repository.ts';
import type { PullRequestState } from '../../core/github/pull-request.ts';
import type { Iteration } from '../../core/job.ts';
import type { Pointer } from '../../core/pointer.ts';
import type { Policy } from '../../core/policy.ts';
import type { Effort, RepositoryRef } from '../../core/request.ts';
import { type RequestBudget, requestBudget } from '../../core/repo-config/request-budget.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import { decideSettings, type SettingsFacts } from './decide-settings.ts';
import type { Mute, Problem } from './problem.ts';

export type PromptCommand = Extract<Command, { type: 'prompt' }>;

/** A target as it was named, and what GitHub says about it now; `found` is undefined where the App sees nothing. */
export type TargetFacts = Readonly<{
  named: string;
  base_branch: string | undefined;
  found:
    | Readonly<{
        installation_id: number;
        resolved: ResolvedRepository;
        permission: PermissionLevel;
        base: Readonly<{ branch: string; sha: string | undefined }>;
        /** What its files say; undefined where they were not read. */
        settings?: SettingsFacts;
      }>
    | undefined;
}>;

/** The pull request that a prompt stands on. */
export type PullRequestFacts = Readonly<{
  number: number;
  open: boolean;
  merged: boolean;
  head: PullRequestState['head'];
  /** The branch that it is to be merged into. */
  base: string;
  /** True when one of our requests opened it. */
  own: boolean;
}>;

/** Everything that the decision about a prompt stands on. */
export type PromptFacts = Readonly<{
  command: PromptCommand;
  /** `mute`: why the App can tell nobody there what comes of it. */
  source: Readonly<{
    repository: RepositoryRef;
    permission: PermissionLevel;
    mute?: Mute | undefined;
  }>;
  pull_request?: PullRequestFacts | undefined;
  targets: readonly TargetFacts[];
  /** Those names of the organization's sets that may be told, when the command's one is not among them. */
  other_sets?: readonly string[];
  policy: Policy;
}>;

/** What an accepted prompt will run as. */
export type Plan = Readonly<{
  model: string;
  effort: Effort;
  targets: readonly Readonly<{
    installation_id: number;
    repository: RepositoryRef;
    permission: PermissionLevel;
    base_branch: string;
    base_sha: string;
    /** Micro-USD; the request's budget is the sum of its jobs'. */
    budget: number;
    settings?: JobSettings;
    iteration?: Iteration;
    /** The id of the job that is continued, and its work tree when that is not on a branch. */
    continues?: string;
    /** The id of the job whose approved plan is carried out. */
    approved_plan?: string;
    snapshot?: Pointer;
  }>[];
}>;

export type Decision =
  | Readonly<{ type: 'admit'; plan: Plan }>
  | Readonly<{ type: 'refuse'; problems: readonly Problem[] }>;

/** A job with less could not make one call of the model. */
const leastJobBudget = 10_000;

/** Decides about a prompt: all of its targets run, or none does and every problem is named. */
export function decide(facts: PromptFacts): Decision {
  const { source } = facts;
  const named = `${source.repository.owner}/${source.repository.name}`;
  // Whoever may not write here learns nothing about other repositories.
  if (!mayWrite(source.permission))
    return refuse([{ type: 'no_write_in_source', named, permission: source.permission }]);
  if (source.mute) return refuse([{ type: source.mute, named }]);
  const budget = requestBudget({
    policy: facts.policy,
    asked: facts.command.budget_micro_usd,
    targets: facts.targets.map(({ found }) => found?.settings?.files ?? {}),
  });
  const jobs = budget.type === 'fits' ? budget.jobs : [];
  const read = facts.targets.map((target, index) =>
    decideTarget(target, { ...facts, budget: jobs[index] ?? 0 }),
  );
  const targets = read.flatMap((one) => ('plan' in one ? [withIteration(facts, one.plan)] : []));
  const problems = [
    ...pullRequestProblems(facts),
    ...setProblems(facts),
    ...read.flatMap((one) => ('problems' in one ? one.problems : [])),
    ...duplicates(targets),
    ...modelProblems(facts),
    ...budgetProblems(facts, budget),
  ];
  if (problems.length > 0) return refuse(problems);
  const { command, policy } = facts;
  const settings = targets.flatMap((one) => one.settings ?? []);
  return {
    type: 'admit',
    plan: {
      model: command.model ?? common(settings.map(({ model }) => model)) ?? policy.model,
      effort: command.effort ?? common(settings.map(({ effort }) => effort)) ?? policy.effort,
      targets,
    },
  };
}

/** What all jobs have in common; a request whose jobs differ is shown with the server's default. */
function common<Value>(values: readonly Value[]): Value | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}

function refuse(problems: readonly Problem[]): Decision {
  return { type: 'refuse', problems };
}

/** Returns why nothing of a command can run in this target; nothing when it can. Pure. */
export function targetProblems(facts: PromptFacts, target: TargetFacts): readonly Problem[] {
  const decided = decideTarget(target, { ...facts, budget: 0 });
  return 'problems' in decided ? decided.problems : [];
}

type TargetDecision =
  Readonly<{ plan: Plan['targets'][number] }> | Readonly<{ problems: readonly Problem[] }>;

function decideTarget(
  target: TargetFacts,
  facts: PromptFacts & Readonly<{ budget: number }>,
): TargetDecision {
  const { named, found } = target;
  const { command, policy, budget } = facts;
  const source = facts.source.repository;
  if (!found || !mayKnowOf(found, source)) {
    // Nobody named it here: its name stands in the organization's file, which may be private.
    if (command.set !== undefined && !source.private)
      return problem({ type: 'set_not_usable', set: command.set });
    return problem({ type: 'unknown_target', named });
  }
  const { resolved, permission, base, settings } = found;
  if (!mayWrite(permission)) return problem({ type: 'no_write_in_target', named, permission });
  if (source.private && !resolved.repository.private && !command.allow_public)
    return problem({ type: 'private_to_public', named });
  if (resolved.archived) return problem({ type: 'archived', named });
  if (resolved.empty) return problem({ type: 'empty', named });
  if (base.sha === undefined) return problem({ type: 'base_missing', named, branch: base.branch });
  const { set } = command;
  // On a pull request the set itself is the mistake.
  const accepted = settings?.files.repository?.config.accept_sets ?? [];
  if (set !== undefined && !facts.pull_request && !accepted.includes(set))
    return problem({ type: 'set_not_accepted', named, set });
  const decided = settings && decideSettings({ named, permission, settings, command, policy });
  if (decided && decided.problems.length > 0) return { problems: decided.problems };
  return {
    plan: {
      installation_id: found.installation_id,
      repository: resolved.repository,
      permission,
      base_branch: base.branch,
      base_sha: base.sha,
      budget,
      ...(decided ? { settings: decided.settings } : {}),
    },
  };
}

function problem(one: Problem): TargetDecision {
  return { problems: [one] };
}

/** A closed pull request stays as it is. */
function pullRequestProblems({
  command,
  targets,
  pull_request: pull,
}: PromptFacts): readonly Problem[] {
  if (!pull) return [];
  return [
    ...(command.repositories.length > 0 ? [targetGiven('--repo')] : []),
    ...(command.set === undefined ? [] : [targetGiven('--set')]),
    ...(command.base === undefined ? [] : [targetGiven('--base')]),
    ...headProblems(pull, targets[0]),
  ];
}

function setProblems({ command: { set }, other_sets: sets }: PromptFacts): readonly Problem[] {
  return set === undefined || sets === undefined ? [] : [{ type: 'unknown_set', set, sets }];
}

/** What keeps the work from going on at the head of a pull request. */
export function headProblems(
  pull: PullRequestFacts,
  target: TargetFacts | undefined,
): readonly Problem[] {
  const { number, merged } = pull;
  const { named, found } = target ?? {};
  const branch = found?.resolved.default_branch;
  const trusted = found?.resolved.default_sha !== undefined;
  return [
    ...(pull.open ? [] : [{ type: 'pull_request_closed' as const, number, merged }]),
    ...(named && branch && !trusted ? [{ type: 'base_missing' as const, named, branch }] : []),
  ];
}

function targetGiven(option: '--repo' | '--set' | '--base'): Problem {
  return { type: 'target_on_pull_request', option };
}

export type TargetPlan = Plan['targets'][number];

/** The branch of this repository that the work belongs to: a fork's head is none, so that its base stands for it. */
export function workBranch(pull: PullRequestFacts, repositoryId: number): string {
  return isOfFork(pull, repositoryId) ? pull.base : pull.head.branch;
}

/** Also when the fork is gone. */
function isOfFork({ head }: PullRequestFacts, repositoryId: number): boolean {
  return head.repository_id !== repositoryId;
}

/** A prompt on a pull request works on its head; what is trusted stays on the default branch. */
export function withIteration(
  { pull_request: pull, targets }: Pick<PromptFacts, 'pull_request' | 'targets'>,
  plan: TargetPlan,
): TargetPlan {
  const trusted_sha = targets[0]?.found?.resolved.default_sha;
  if (!pull || trusted_sha === undefined) return plan;
  const fork = isOfFork(pull, plan.repository.id);
  const about = { pull_request: pull.number, own: pull.own && !fork, trusted_sha };
  return { ...plan, iteration: { ...about, ...(fork ? { fork } : {}) } };
}

/** A private repository is known only to those who may read it, and is never named in a public place. */
function mayKnowOf(found: NonNullable<TargetFacts['found']>, source: RepositoryRef): boolean {
  const { repository } = found.resolved;
  if (!repository.private) return true;
  return source.private && found.permission !== 'none';
}

function duplicates(targets: Plan['targets']): readonly Problem[] {
  const twice = targets.filter(
    ({ repository }, index) =>
      targets.findIndex((other) => other.repository.id === repository.id) !== index,
  );
  return twice.map(({ repository }) => ({
    type: 'duplicate_target',
    named: `${repository.owner}/${repository.name}`,
  }));
}

function modelProblems({ command, policy }: PromptFacts): readonly Problem[] {
  const { model } = command;
  if (model === undefined || model === policy.model || policy.models.includes(model)) return [];
  return [{ type: 'unknown_model', model, models: policy.models }];
}

function budgetProblems(facts: PromptFacts, budget: RequestBudget): readonly Problem[] {
  if (budget.type === 'too_high')
    return [{ type: 'budget_too_high', asked: budget.asked, cap: budget.cap }];
  const asked = facts.command.budget_micro_usd;
  if (asked === undefined) return [];
  const least = leastJobBudget * facts.targets.length;
  return asked < least ? [{ type: 'budget_too_small', asked, least }] : [];
}
