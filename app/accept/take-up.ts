import type { Command } from '../../core/command.ts';
import type { CauseCode } from '../../core/cause.ts';
import { UserError } from '../../core/errors.ts';
import { pullRequestState } from '../../core/github/pull-request.ts';
import { mayWrite } from '../../core/github/permission.ts';
import type { Job } from '../../core/job.ts';
import { isTerminal } from '../../core/job-state.ts';
import type { Request } from '../../core/request.ts';
import { appFailure } from '../installations.ts';
import {
  failureReply,
  noRequestReply,
  noSuchJobReply,
  nothingToContinueReply,
  nothingToRetryReply,
  refusalReply,
  stillRunningReply,
} from '../replies.ts';
import type { AcceptDeps } from './accept-deps.ts';
import { admitRequest } from './admit-request.ts';
import { type PromptCommand, type PullRequestFacts, workBranch } from './decide.ts';
import { type ContinueFacts, type Start, decideContinue } from './decide-continue.ts';
import { findRequest } from './find-request.ts';
import { finishRequest } from './finish-request.ts';
import { permissionOf, targetFacts } from './gather-facts.ts';
import type { Order } from './order.ts';

/** Ends after which more money, turns or time may bring the work to its end. */
const stops: readonly CauseCode[] = [
  'budget_exhausted',
  'turn_limit',
  'token_limit',
  'time_limit',
  'stuck',
  'cancelled_by_user',
];

export type TakeUp = Extract<Command, { type: 'continue' | 'retry' }>;

/**
 * Takes up jobs of a request in a request of its own with the same prompt: `continue` goes on with what
 * was stopped, from the pull request or the work tree that it left; `retry` starts over what failed. Returns the reply
 * when there is nothing to do.
 */
export async function takeUp(
  deps: AcceptDeps,
  order: Order,
  take: TakeUp,
): Promise<string | undefined> {
  const latest = await findRequest(deps, order, take.id);
  if (!latest) return noRequestReply(order.source, take.id);
  const all = await deps.jobs.ofRequest(latest.id);
  if (all.some((job) => !isTerminal(job.state))) return stillRunningReply(latest.id);
  const jobs = all.filter((job) => isMeant(job, take));
  if (jobs.length === 0) return nothingReply(latest, all, take);
  try {
    const command = await commandOf(deps, latest, jobs);
    const facts = await gatherStarts(deps, order, { command, jobs, take });
    const decision = decideContinue(facts);
    if (decision.type === 'refuse') return refusalReply(decision.problems);
    const { context } = latest;
    await admitRequest(deps, { order, command, plan: decision.plan, context });
  } catch (error) {
    if (error instanceof UserError) return failureReply(error);
    throw error;
  }
  await finishRequest(deps, order);
  return undefined;
}

function isMeant(job: Job, take: TakeUp): boolean {
  if (take.type === 'continue') return wasStopped(job);
  return hasFailed(job) && isNamed(job, take.repository);
}

function isNamed(job: Job, named: Readonly<{ owner: string; name: string }> | undefined): boolean {
  if (!named) return true;
  const name = `${job.repository.owner}/${job.repository.name}`;
  return name.toLowerCase() === `${named.owner}/${named.name}`.toLowerCase();
}

/** A patch that was asked for, or is all that a fork gets, is what was wanted. */
function hasFailed({ state, cause }: Job): boolean {
  const wanted = cause?.code === 'no_pull_request_asked' || cause?.code === 'pull_request_of_fork';
  if (state === 'patch') return !wanted;
  return state === 'failed' || state === 'cancelled';
}

function nothingReply({ id }: Request, jobs: readonly Job[], take: TakeUp): string {
  if (take.type === 'continue') return nothingToContinueReply(id);
  const { repository } = take;
  if (repository && !jobs.some((job) => isNamed(job, repository)))
    return noSuchJobReply(id, `${repository.owner}/${repository.name}`);
  return nothingToRetryReply(id);
}

/** A cancel may have come before anything was done. */
function wasStopped(job: Job): boolean {
  const code = job.cause?.code;
  if (code === undefined || !stops.includes(code)) return false;
  return code !== 'cancelled_by_user' || job.snapshot !== undefined;
}

/** The same prompt with the same wishes, for those repositories. */
async function commandOf(
  deps: AcceptDeps,
  request: Request,
  jobs: readonly Job[],
): Promise<PromptCommand> {
  return {
    type: 'prompt',
    prompt: (await deps.bucket.get(request.prompt)).toString('utf8'),
    repositories: jobs.map(({ repository: { owner, name } }) => ({ owner, name })),
    model: request.model,
    effort: request.effort,
    budget_micro_usd: jobs.reduce((sum, job) => sum + job.budget_micro_usd, 0),
    ...(request.draft === undefined ? {} : { draft: request.draft }),
    open_pull_request: request.open_pull_request,
  };
}

type Taken = Readonly<{ command: PromptCommand; jobs: readonly Job[]; take: TakeUp }>;

async function gatherStarts(
  deps: AcceptDeps,
  { source, requester }: Order,
  { command, jobs, take }: Taken,
): Promise<ContinueFacts> {
  const { repository } = source;
  try {
    const github = await deps.installations.client(source.installation_id);
    const permission = await permissionOf(github, { repository, user: requester });
    const facts = { command, source: { repository, permission }, policy: deps.policy };
    if (!mayWrite(permission)) return { ...facts, targets: [], starts: [] };
    const starts = await Promise.all(
      jobs.map((job) => (take.type === 'retry' ? startOver(deps, job) : startOf(deps, job))),
    );
    const targets = await Promise.all(
      jobs.map(async ({ repository: { id, owner, name }, base_branch }, index) => {
        const at = starts[index]?.at;
        const target = await targetFacts(deps, {
          owner,
          name,
          base: at?.branch ?? base_branch,
          ...(at ? { head: at } : {}),
          requester,
        });
        // Another repository may bear the name by now.
        const same = target.found?.resolved.repository.id === id;
        return same ? target : { ...target, found: undefined };
      }),
    );
    return { ...facts, targets, starts };
  } catch (error) {
    throw appFailure(error);
  }
}

/** At the present head, of the pull request where the job was about one. */
async function startOver(deps: AcceptDeps, job: Job): Promise<Start> {
  const pull_request = await pullRequestOf(deps, job);
  return pull_request ? { pull_request, at: headOf(pull_request, job) } : {};
}

/** Work that is on a pull request goes on at its head, other work where its snapshot was taken. */
async function startOf(deps: AcceptDeps, job: Job): Promise<Start> {
  const { snapshot } = job;
  const pull_request = await pullRequestOf(deps, job);
  if (pull_request && (job.pull_request || !snapshot))
    return { continues: job.id, pull_request, at: headOf(pull_request, job) };
  if (pull_request?.own && pull_request.head.sha !== job.base_sha) throw movedOn(pull_request);
  const at = { repository_id: job.repository.id, branch: job.base_branch, sha: job.base_sha };
  return {
    continues: job.id,
    ...(pull_request ? { pull_request } : {}),
    ...(snapshot ? { snapshot, at } : {}),
  };
}

function headOf(pull: PullRequestFacts, { repository }: Job): PullRequestFacts['head'] {
  return { ...pull.head, branch: workBranch(pull, repository.id) };
}

/** Its commit could not be pushed: it would stand on a head that is not the present one. */
function movedOn({ number }: PullRequestFacts): UserError {
  return new UserError('branch_taken', `Pull request #${number} has new commits since then.`, {
    next: 'Comment `/cody retry` to start over at its present head.',
  });
}

async function pullRequestOf(deps: AcceptDeps, job: Job): Promise<PullRequestFacts | undefined> {
  const number = job.pull_request?.number ?? job.iteration?.pull_request;
  if (number === undefined) return undefined;
  const github = await deps.installations.client(job.installation_id);
  const state = await pullRequestState(github, { repository: job.repository, number });
  if (!state) throw new UserError('repository_gone', `Pull request #${number} is gone.`);
  const { open, merged, head } = state;
  const own = job.pull_request !== undefined || ownOf(job);
  return { number, open, merged, head, base: state.base.branch, own };
}

function ownOf({ iteration }: Job): boolean {
  return iteration?.own ?? false;
}
