import type { Command } from '../../core/command.ts';
import { type PermissionLevel, mayWrite } from '../../core/github/permission.ts';
import type { ResolvedRepository } from '../../core/github/repository.ts';
import type { PullRequestState } from '../../core/github/pull-request.ts';
import type { Iteration } from '../../core/job.ts';
import type { Pointer } from '../../core/pointer.ts';
import type { Policy } from '../../core/policy.ts';
import type { Effort, RepositoryRef } from '../../core/request.ts';
import type { Problem } from './problem.ts';

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
  source: Readonly<{ repository: RepositoryRef; permission: PermissionLevel }>;
  pull_request?: PullRequestFacts | undefined;
  targets: readonly TargetFacts[];
  policy: Policy;
}>;

/** What an accepted prompt will run as. */
export type Plan = Readonly<{
  model: string;
  effort: Effort;
  /** Micro-USD; the request's budget is the sum of its jobs'. */
  job_budget: number;
  targets: readonly Readonly<{
    installation_id: number;
    repository: RepositoryRef;
    permission: PermissionLevel;
    base_branch: string;
    base_sha: string;
    iteration?: Iteration;
    /** The id of the job that is continued, and its work tree when that is not on a branch. */
    continues?: string;
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
  const read = facts.targets.map((target) => decideTarget(target, facts));
  const targets = read.flatMap((one) => ('plan' in one ? [withIteration(facts, one.plan)] : []));
  const problems = [
    ...pullRequestProblems(facts),
    ...read.flatMap((one) => ('problem' in one ? [one.problem] : [])),
    ...duplicates(targets),
    ...modelProblems(facts),
    ...budgetProblems(facts),
  ];
  if (problems.length > 0) return refuse(problems);
  const { command, policy } = facts;
  return {
    type: 'admit',
    plan: {
      model: command.model ?? policy.model,
      effort: command.effort ?? policy.effort,
      job_budget: jobBudget(facts),
      targets,
    },
  };
}

function refuse(problems: readonly Problem[]): Decision {
  return { type: 'refuse', problems };
}

type TargetDecision = Readonly<{ plan: Plan['targets'][number] }> | Readonly<{ problem: Problem }>;

function decideTarget(
  target: TargetFacts,
  { command, source: { repository: source } }: PromptFacts,
): TargetDecision {
  const { named, found } = target;
  if (!found || !mayKnowOf(found, source)) return { problem: { type: 'unknown_target', named } };
  const { resolved, permission, base } = found;
  if (!mayWrite(permission)) return { problem: { type: 'no_write_in_target', named, permission } };
  if (source.private && !resolved.repository.private && !command.allow_public)
    return { problem: { type: 'private_to_public', named } };
  if (resolved.archived) return { problem: { type: 'archived', named } };
  if (resolved.empty) return { problem: { type: 'empty', named } };
  if (base.sha === undefined)
    return { problem: { type: 'base_missing', named, branch: base.branch } };
  return {
    plan: {
      installation_id: found.installation_id,
      repository: resolved.repository,
      permission,
      base_branch: base.branch,
      base_sha: base.sha,
    },
  };
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
    ...(command.base === undefined ? [] : [targetGiven('--base')]),
    ...headProblems(pull, targets[0]),
  ];
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

function targetGiven(option: '--repo' | '--base'): Problem {
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

function budgetProblems(facts: PromptFacts): readonly Problem[] {
  const asked = facts.command.budget_micro_usd;
  if (asked === undefined) return [];
  const cap = facts.policy.budget.request;
  if (asked > cap) return [{ type: 'budget_too_high', asked, cap }];
  const least = leastJobBudget * facts.targets.length;
  return asked < least ? [{ type: 'budget_too_small', asked, least }] : [];
}

/** An explicit budget is split evenly and replaces the default of a job; the request's cap bounds both. */
function jobBudget({ command, policy, targets }: PromptFacts): number {
  if (command.budget_micro_usd !== undefined)
    return Math.floor(command.budget_micro_usd / targets.length);
  return Math.min(policy.budget.job, Math.floor(policy.budget.request / targets.length));
}
