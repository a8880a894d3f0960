import type { Cause } from '../../core/cause.ts';
import { UserError } from '../../core/errors.ts';
import { mayWrite, requesterPermission } from '../../core/github/permission.ts';
import { branchSha, resolveRepository } from '../../core/github/repository.ts';
import { branchName } from '../../core/ids.ts';
import type { CheckRunRef, Job, PullRequestRef, Verification } from '../../core/job.ts';
import type { Redactor } from '../../core/redact.ts';
import type { Request } from '../../core/request.ts';
import type { Changes } from '../workspace/changes.ts';
import { type CheckRunInput, publishCheckRun } from './check-run.ts';
import { type PublishedCommit, publishCommit } from './commit.ts';
import { findPullRequest, publishPullRequest } from './pull-request.ts';
import { scanChanges } from './scan.ts';
import { type StepDeps, type Target, runStep } from './step.ts';
import { commitMessage, pullRequestTitle } from './words.ts';

/** What the pull request's body is made from, next to what the caller knows of the job. */
export type BodyFacts = Readonly<{
  branch: string;
  commit_sha: string;
  draft: boolean;
  verified: boolean | undefined;
  stat: Changes['stat'];
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
    redactor: Pick<Redactor, 'findSecrets' | 'redact'>;
    renderBody: (facts: BodyFacts) => string;
    renderCheck: (outcome: PublishOutcome) => CheckRunInput['output'];
  }>;

export type PublishInput = Readonly<{
  job: Pick<Job, 'id' | 'repository' | 'base_branch' | 'base_sha' | 'pull_request'>;
  request: Pick<Request, 'id' | 'requester' | 'prompt_excerpt' | 'open_pull_request' | 'draft'>;
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
  const outcome = await publishChange(deps, input);
  const check_run = await closeCheckRun(deps, input, outcome);
  return check_run ? { ...outcome, check_run } : outcome;
}

async function publishChange(deps: PublishDeps, input: PublishInput): Promise<PublishOutcome> {
  if (input.changes.changes.length === 0) return { type: 'answered' };
  try {
    return await openPullRequest(deps, input);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const { code, message: sentence, next } = error;
    const made = madeBefore(input, code);
    if (made) return made;
    return { type: 'patch', cause: { code, sentence, ...(next === undefined ? {} : { next }) } };
  }
}

/** A pull request that an earlier try recorded stands, also when a person merged, closed or continued it since. */
function madeBefore(input: PublishInput, code: Cause['code']): PublishOutcome | undefined {
  const { pull_request } = input.job;
  if (!pull_request || (code !== 'pull_request_closed' && code !== 'branch_taken'))
    return undefined;
  const branch = branchName(input.request.id, input.request.prompt_excerpt);
  return { type: 'pull_request', pull_request, branch, commit_sha: pull_request.head_sha };
}

async function openPullRequest(deps: PublishDeps, input: PublishInput): Promise<PublishOutcome> {
  const { request, changes } = input;
  if (!request.open_pull_request)
    throw new UserError('no_pull_request_asked', 'The change is kept as a patch, as asked.');
  const notes = scanChanges({ ...input, redactor: deps.redactor });
  const target = await runStep(deps, () => findTarget(deps, input));
  const branch = branchName(request.id, request.prompt_excerpt);
  // A closed pull request ends the request's work here before a branch is made again.
  await runStep(deps, () => findPullRequest(deps, target, branch));

  const title = pullRequestTitle(deps.redactor.redact(input.title), request.prompt_excerpt);
  const body = deps.redactor.redact(input.body);
  const message = commitMessage({
    title,
    body,
    requestId: request.id,
    requester: request.requester,
  });
  const commit = await publishCommit(deps, target, { branch, message, changes });
  const draft = request.draft ?? (input.verification.status === 'red' || input.limited);
  const pull_request = await runStep(deps, () =>
    publishPullRequest(deps, target, {
      commit,
      base: input.job.base_branch,
      title,
      body: deps.renderBody(bodyFacts({ commit, draft, changes, notes })),
      draft,
      files: changes.stat.files,
      reviewer: request.requester,
    }),
  );
  return { type: 'pull_request', pull_request, branch, commit_sha: commit.commit_sha };
}

function bodyFacts(
  facts: Readonly<{
    commit: PublishedCommit;
    draft: boolean;
    changes: Changes;
    notes: readonly string[];
  }>,
): BodyFacts {
  const { branch, commit_sha, verified } = facts.commit;
  const { draft, notes } = facts;
  return { branch, commit_sha, verified, draft, notes, stat: facts.changes.stat };
}

/** Where the repository is by now, and whether the requester may still write to it. */
async function findTarget(deps: PublishDeps, input: PublishInput): Promise<Target> {
  const found = await resolveRepository(deps.github, { id: input.job.repository.id });
  if (!found)
    throw new UserError('repository_gone', 'The repository is gone, or the App may not see it.');
  if (found.archived)
    throw new UserError('repository_archived', 'The repository is archived and takes no changes.');
  const { repository } = found;
  const user = input.request.requester;
  const level = await requesterPermission(deps.github, { repository, user });
  if (!mayWrite(level))
    throw new UserError(
      'permission_lost',
      `${user.login} may not write to ${repository.owner}/${repository.name} any more.`,
    );
  const branch = input.job.base_branch;
  if ((await branchSha(deps.github, { repository, branch })) === undefined)
    throw new UserError('base_branch_missing', `The branch ${branch} does not exist any more.`);
  return { owner: repository.owner, repo: repository.name };
}

/** After these, nothing more is written to the repository. */
const silent = new Set<Cause['code']>([
  'permission_lost',
  'repository_archived',
  'repository_gone',
]);

async function closeCheckRun(
  deps: PublishDeps,
  input: PublishInput,
  outcome: PublishOutcome,
): Promise<CheckRunRef | undefined> {
  if (outcome.type === 'patch' && silent.has(outcome.cause.code)) return undefined;
  const { owner, name: repo } = input.job.repository;
  const ours = outcome.type === 'pull_request' ? outcome.commit_sha : undefined;
  const check = {
    jobId: input.job.id,
    headSha: ours ?? input.job.base_sha,
    conclusion: ours === undefined ? ('neutral' as const) : conclusionOf(input),
    output: deps.renderCheck(outcome),
    ...(input.detailsUrl === undefined ? {} : { detailsUrl: input.detailsUrl }),
  };
  try {
    return await runStep(deps, () => publishCheckRun(deps, { owner, repo }, check));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The outcome stands without its check run; the status comment tells it too.
    deps.log.warn({ cause: error.code }, 'check run not written');
    return undefined;
  }
}

/** Only a commit that we made is judged, and only by what ran. */
function conclusionOf(input: PublishInput): CheckRunInput['conclusion'] {
  if (input.verification.status === 'red') return 'failure';
  return input.verification.status === 'green' && !input.limited ? 'success' : 'neutral';
}
