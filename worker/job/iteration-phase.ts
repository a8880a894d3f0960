import { UserError } from '../../core/errors.ts';
import { githubFailure } from '../../core/github/failure.ts';
import { createGithub, type Github } from '../../core/github/octokit.ts';
import { pullRequestState, type PullRequestState } from '../../core/github/pull-request.ts';
import { branchSha } from '../../core/github/repository.ts';
import { cutText } from '../../core/render/cut-text.ts';
import { readableText } from '../../core/render/readable-text.ts';
import type { Iteration, Job } from '../../core/job.ts';
import { type Request, RequestContext } from '../../core/request.ts';
import type { PullRequestView } from '../agent/pull-request-prompt.ts';
import { earlierRuns } from '../iteration/earlier-runs.ts';
import { failingChecks } from '../iteration/failing-checks.ts';
import { pullRequestDiff } from '../iteration/pull-request-facts.ts';
import { readRemarks } from '../iteration/remarks.ts';
import { octokitLog, withToken } from '../with-token.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';

/**
 * For a job that works on a pull request: what the model is told about it, or undefined for any other job. The first
 * attempt moves the start of the work to the present head. Throws UserError (`pull_request_closed`), TransientError.
 */
export async function iterationPhase(
  deps: WorkerDeps,
  run: Development,
): Promise<PullRequestView | undefined> {
  const { iteration } = run.lease.job();
  if (!iteration) return undefined;
  const { signal } = run.lease;
  return withToken(deps, { want: 'read', signal }, async (token) => {
    const { config } = deps;
    const github = createGithub({
      baseUrl: config.githubApiUrl,
      token: token.token,
      log: octokitLog,
      redact: deps.redactor.redact,
      pacing: 0,
      timeoutMs: config.times.CODY_GITHUB_TIMEOUT_MS,
      signal,
    });
    const repository = { owner: token.owner, name: token.name };
    try {
      const mayReadLogs = token.permissions['actions'] === 'read';
      return await lookAt(deps, run, { github, repository, iteration, mayReadLogs });
    } catch (error) {
      throw githubFailure(error);
    }
  });
}

type Place = Readonly<{
  github: Github;
  repository: Readonly<{ owner: string; name: string }>;
  iteration: Iteration;
  mayReadLogs: boolean;
}>;

async function lookAt(
  deps: WorkerDeps,
  run: Development,
  { mayReadLogs, ...place }: Place,
): Promise<PullRequestView> {
  const { github, repository, iteration } = place;
  const number = iteration.pull_request;
  const state = await pullRequestState(github, { repository, number });
  if (!state) throw closed(`Pull request #${number} is gone.`);
  const job = iteration.replaces
    ? await startAtBase(deps, run, { ...place, state })
    : await startAtHead(deps, run, state);
  const { request, folders } = run;
  const { source } = request;
  const comment_id = source.type === 'issue_comment' ? source.comment_id : undefined;
  const command = { comment_id, at: request.created_at };
  const { redact } = deps.redactor;
  const { remarks = [] } = await readContext(deps, request);
  const told = new Set(remarks.map(({ url }) => url));
  const title = readableText(state.title);
  const body = readableText(cutText(state.body, 10_000));
  const { hidden, ...said } = await readRemarks(github, { repository, number, command, told });
  return {
    number,
    title: title.text,
    author: state.author,
    url: state.url,
    body: body.text,
    hidden: title.removed + body.removed + hidden,
    branch: state.head.branch,
    base: state.base.branch,
    own: iteration.own,
    replaced: iteration.replaces !== undefined,
    fork: iteration.fork === true,
    remarks,
    ...said,
    diff: await pullRequestDiff(github, { repository, number }),
    failingChecks: iteration.replaces
      ? []
      : await failingChecks({ ...place, mayReadLogs, sha: job.base_sha, redact, log: deps.log }),
    earlier: await earlierRuns({ ...deps, redact }, { job, number, logs: folders.logs }),
  };
}

async function readContext({ bucket }: WorkerDeps, { context }: Request): Promise<RequestContext> {
  return RequestContext.parse(JSON.parse((await bucket.get(context)).toString('utf8')));
}

/** Later attempts stay where the first one was, unless that one ended before its agent had begun. */
async function hasBegun({ journalOf }: WorkerDeps, job: Job): Promise<boolean> {
  // Nobody claimed it before the first claim, which makes the fence 2 at the least.
  return job.fence > 2 && (await journalOf(job).read()).length > 0;
}

/** A head that moved since the command is where the work starts, but not for a work tree that an earlier job left. */
async function startAtHead(
  deps: WorkerDeps,
  { lease, request }: Development,
  state: PullRequestState,
): Promise<Job> {
  const job = lease.job();
  if (await hasBegun(deps, job)) return job;
  if (!state.open) throw closed(`Pull request #${state.number} was closed and is left alone.`);
  if (job.snapshot) return job;
  if (request.approved_plan && state.head.sha !== job.base_sha) throw movedSincePlan(state.number);
  const base_branch = job.iteration?.fork ? state.base.branch : state.head.branch;
  return lease.record({ base_sha: state.head.sha, base_branch });
}

/** The present tip of the base, on which the change is made again. A head that moved since is somebody else's. */
async function startAtBase(
  deps: WorkerDeps,
  { lease }: Development,
  {
    github,
    repository,
    iteration,
    state,
  }: Omit<Place, 'mayReadLogs'> & Readonly<{ state: PullRequestState }>,
): Promise<Job> {
  const job = lease.job();
  if (await hasBegun(deps, job)) return job;
  if (!state.open) throw closed(`Pull request #${state.number} was closed and is left alone.`);
  if (state.head.sha !== iteration.replaces)
    throw new UserError('branch_taken', `Pull request #${state.number} has new commits by now.`, {
      next: 'Comment `/cody rebase` again to include them in the decision.',
    });
  const base_sha = await branchSha(github, { repository, branch: state.base.branch });
  if (base_sha === undefined)
    throw new UserError('base_branch_missing', `The branch ${state.base.branch} does not exist.`);
  return lease.record({ base_sha });
}

/** A plan holds for the commit that it was made for. */
function movedSincePlan(number: number): UserError {
  return new UserError(
    'branch_taken',
    `Pull request #${number} has new commits since its plan was approved.`,
    { next: 'Comment `/cody --plan` with the prompt to plan again at its present head.' },
  );
}

function closed(sentence: string): UserError {
  return new UserError('pull_request_closed', sentence, {
    next: 'Reopen it and write the prompt again, or write it on an issue.',
  });
}
