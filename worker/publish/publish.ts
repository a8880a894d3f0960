import type { Cause } from '../../core/cause.ts';
import { UserError } from '../../core/errors.ts';
import { branchSha } from '../../core/github/repository.ts';
import { branchName } from '../../core/ids.ts';
import type { CheckRunRef, Job, PullRequestRef, Verification } from '../../core/job.ts';
import type { Redactor } from '../../core/redact.ts';
import type { JobSettings } from '../../core/repo-config/settings.ts';
import type { Actor, Request } from '../../core/request.ts';
import type { Changes } from '../workspace/changes.ts';
import { type CheckRunInput, publishCheckRun } from './check-run.ts';
import { type PublishedCommit, publishCommit } from './commit.ts';
import { findTarget } from './find-target.ts';
import { type FlaggedPush, flagPullRequest } from './flag-pull-request.ts';
import { blocksOf, gateFindings, judgeGate } from './gate/gate.ts';
import { findPullRequest, publishPullRequest } from './pull-request.ts';
import { assertInScope } from './outside-paths.ts';
import { assertSize, scanChanges } from './scan.ts';
import { pushToPullRequest } from './push-to-pull-request.ts';
import { type StepDeps, type Target, runStep } from './step.ts';
import { commitMessage, flagsRefused, patchFlags, pullRequestTitle, unflagged } from './words.ts';

/** What the pull request's body is made from, next to what the caller knows of the job. */
export type BodyFacts = Readonly<{
  branch: string;
  commit_sha: string;
  draft: boolean;
  verified: boolean | undefined;
  stat: Changes['stat'];
  /** What a reviewer has to look at first: a line of Markdown for each rule that the change meets. */
  flags: readonly string[];
  /** Sentences on what the scan saw. */
  notes: readonly string[];
}>;

/** How the job ends. `check_run` is missing when it could not, or must not, be written. */
export type PublishOutcome = Readonly<
  (
    | {
        type: 'pull_request';
        pull_request: PullRequestRef;
        branch: string;
        commit_sha: string;
      }
    | { type: 'patch'; cause: Cause }
    | { type: 'answered' }
  ) & { check_run?: CheckRunRef }
>;

export type PublishDeps = StepDeps &
  Readonly<{
    redactor: Pick<Redactor, 'findSecrets' | 'findCarried' | 'redact'>;
    /** Where people read GitHub, without a slash at the end. */
    serverUrl: string;
    renderBody: (facts: BodyFacts) => string;
    renderCheck: (outcome: PublishOutcome) => CheckRunInput['output'];
  }>;

export type PublishInput = Readonly<{
  job: Pick<
    Job,
    'id' | 'repository' | 'base_branch' | 'base_sha' | 'iteration' | 'commit_sha' | 'pull_request'
  >;
  request: Pick<
    Request,
    'id' | 'source' | 'requester' | 'prompt_excerpt' | 'open_pull_request' | 'draft'
  >;
  settings: Pick<
    JobSettings,
    'labels' | 'reviewers' | 'draft' | 'paths' | 'problems' | 'gate_blocks'
  >;
  changes: Changes;
  /** The model's words, or ours when it did not get to say any. */
  title: string;
  body: string;
  verification: Verification;
  /** True when a limit ended the run before the model said that it is done. */
  limited: boolean;
  /** What the token may do, as GitHub answered when it was minted. */
  permissions: Readonly<Record<string, string>>;
  /** Where the whole thread is. */
  detailsUrl?: string;
}>;

/**
 * Publishes a change: scan, commit and branch, pull request, check run. Each step checks the lease, looks up what
 * it would make, makes it, and records it, so that the call can be repeated after a crash at any point. What a
 * person has to settle ends as `patch` with its cause. Throws `TransientError` when GitHub stays unavailable,
 * `Stopped` when the lease is lost, and defects.
 */
export async function publish(deps: PublishDeps, input: PublishInput): Promise<PublishOutcome> {
  const unchanged = input.changes.changes.length === 0;
  const target = await orCause(() => runStep(deps, () => findTarget(deps, input)));
  // Nothing at all is written to a repository that is closed to the requester.
  if ('cause' in target)
    return unchanged ? { type: 'answered' } : { type: 'patch', cause: target.cause };
  const outcome: PublishOutcome = unchanged
    ? { type: 'answered' }
    : await publishChange(deps, target, input);
  const check_run = await closeCheckRun(deps, target, { ...input, outcome });
  return check_run ? { ...outcome, check_run } : outcome;
}

async function publishChange(
  deps: PublishDeps,
  target: Target,
  input: PublishInput,
): Promise<PublishOutcome> {
  const made = await orCause(() => openPullRequest(deps, target, input));
  if (!('cause' in made)) return made;
  return (
    madeBefore(input, made.cause.code) ?? { type: 'patch', cause: flaggedCause(input, made.cause) }
  );
}

/** Whoever applies a patch by hand is told what to look at; nothing is said of one with a secret, not even names. */
function flaggedCause({ changes, settings }: PublishInput, cause: Cause): Cause {
  if (cause.code === 'secret_in_patch') return cause;
  if (cause.code === 'too_large') return { ...cause, sentence: `${cause.sentence} ${unflagged}` };
  const told = cause.code === 'gate_rule' ? blocksOf(settings.gate_blocks) : [];
  const found = gateFindings(changes).filter(({ rule }) => !told.includes(rule));
  if (found.length === 0) return cause;
  return { ...cause, sentence: `${cause.sentence} ${patchFlags(found)}` };
}

/** What a person has to settle as a value; everything else is thrown on. */
async function orCause<T extends object>(step: () => Promise<T>): Promise<T | { cause: Cause }> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message: sentence, next } = error;
    return { cause: { code, sentence, ...(next === undefined ? {} : { next }) } };
  }
}

/** A pull request that an earlier try recorded stands, also when a person merged, closed or continued it since. */
function madeBefore(input: PublishInput, code: Cause['code']): PublishOutcome | undefined {
  const { pull_request } = input.job;
  if (!pull_request || (code !== 'pull_request_closed' && code !== 'branch_taken'))
    return undefined;
  const branch = branchOf(input);
  return { type: 'pull_request', pull_request, branch, commit_sha: pull_request.head_sha };
}

async function openPullRequest(
  deps: PublishDeps,
  target: Target,
  input: PublishInput,
): Promise<Extract<PublishOutcome, { type: 'pull_request' }>> {
  const { request, changes, settings } = input;
  if (!request.open_pull_request)
    throw new UserError('no_pull_request_asked', 'The change is kept as a patch, as asked.');
  assertInScope(settings.paths, changes);
  assertSize(changes.changes);
  const flags = judgeGate(changes, settings.gate_blocks);
  const notes = [...scanChanges({ ...input, redactor: deps.redactor }), ...settings.problems];
  const title = pullRequestTitle(deps.redactor.redact(input.title), request.prompt_excerpt);
  const body = deps.redactor.redact(input.body);
  const message = commitMessage({
    title,
    body,
    requestId: request.id,
    requester: personOf(request),
    serverUrl: deps.serverUrl,
  });
  const branch = branchOf(input);
  const { iteration, commit_sha: noted } = input.job;
  if (iteration?.own) {
    const { replaces } = iteration;
    for (const flag of flags) deps.note?.(flag);
    const push = { iteration, replaces, repositoryId: input.job.repository.id };
    const pushed = await pushToPullRequest(deps, target, {
      ...push,
      branch,
      message,
      changes,
      noted,
    });
    await showFlags(deps, target, { number: iteration.pull_request, changes, flags, ...pushed });
    return pushed;
  }
  const moved = await runStep(deps, () => movedBase(deps, target, input.job));
  // A closed pull request ends the request's work here before a branch is made again.
  await runStep(deps, () => findPullRequest(deps, target, branch));

  const commit = await publishCommit(deps, target, { branch, message, changes });
  const asked = request.draft ?? settings.draft;
  const draft = asked ?? (input.verification.status === 'red' || input.limited);
  const pull_request = await runStep(deps, () =>
    publishPullRequest(deps, target, {
      commit,
      base: input.job.base_branch,
      title,
      body: deps.renderBody(
        bodyFacts({ commit, draft, changes, flags, notes: [...notes, ...moved] }),
      ),
      draft,
      files: changes.stat.files,
      reviewer: personOf(request),
      labels: settings.labels,
      reviewers: settings.reviewers,
    }),
  );
  return { type: 'pull_request', pull_request, branch, commit_sha: commit.commit_sha };
}

/** The commit is there: a body that GitHub does not take is told in the thread, and is no failure. */
async function showFlags(deps: PublishDeps, target: Target, push: FlaggedPush): Promise<void> {
  const shown = await orCause(() => flagPullRequest(deps, target, push));
  if ('cause' in shown) deps.note?.(flagsRefused(shown.cause.sentence));
}

/** Our own branch of the request, or that of the pull request which the job goes on with. */
function branchOf({ job, request }: PublishInput): string {
  return job.iteration?.own ? job.base_branch : branchName(request.id, request.prompt_excerpt);
}

function bodyFacts(
  facts: Readonly<{
    commit: PublishedCommit;
    draft: boolean;
    changes: Changes;
    flags: readonly string[];
    notes: readonly string[];
  }>,
): BodyFacts {
  const { branch, commit_sha, verified } = facts.commit;
  const { draft, flags, notes } = facts;
  return { branch, commit_sha, verified, draft, flags, notes, stat: facts.changes.stat };
}

/** Who is asked to review and named as co-author; nobody for a schedule. */
function personOf({ source, requester }: PublishInput['request']): Actor | undefined {
  return source.type === 'schedule' ? undefined : requester;
}

/** What a reviewer should know about the base by now. */
async function movedBase(
  deps: PublishDeps,
  target: Target,
  { base_branch: branch, base_sha, iteration }: PublishInput['job'],
): Promise<readonly string[]> {
  const repository = { owner: target.owner, name: target.repo };
  const sha = await branchSha(deps.github, { repository, branch });
  if (sha === undefined)
    throw new UserError('base_branch_missing', `The branch ${branch} does not exist any more.`);
  // The work on a fork's head did not start at the base.
  return sha === base_sha || iteration?.fork
    ? []
    : [`${branch} has moved on since the work started; what is new there was not looked at.`];
}

async function closeCheckRun(
  deps: PublishDeps,
  target: Target,
  input: PublishInput & Readonly<{ outcome: PublishOutcome }>,
): Promise<CheckRunRef | undefined> {
  const { outcome } = input;
  const ours = outcome.type === 'pull_request' ? outcome.commit_sha : undefined;
  const check = {
    jobId: input.job.id,
    headSha: ours ?? input.job.iteration?.replaces ?? input.job.base_sha,
    conclusion: ours === undefined ? ('neutral' as const) : conclusionOf(input),
    output: deps.renderCheck(outcome),
    ...(input.detailsUrl === undefined ? {} : { detailsUrl: input.detailsUrl }),
  };
  const written = await orCause(() => runStep(deps, () => publishCheckRun(deps, target, check)));
  if (!('cause' in written)) return written;
  // The outcome stands without its check run; the status comment tells it too.
  deps.log.warn({ cause: written.cause.code }, 'check run not written');
  return undefined;
}

/** Only a commit that we made is judged, and only by what ran. */
function conclusionOf(input: PublishInput): CheckRunInput['conclusion'] {
  if (input.verification.status === 'red') return 'failure';
  return input.verification.status === 'green' && !input.limited ? 'success' : 'neutral';
}
