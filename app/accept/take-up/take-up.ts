import { UserError } from '../../../core/errors.ts';
import { mayWrite } from '../../../core/github/permission.ts';
import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type { Request } from '../../../core/request.ts';
import { appFailure } from '../../installations.ts';
import {
  approvalReply,
  elsewhereReply,
  failureReply,
  noRequestReply,
  noSuchJobReply,
  nothingToTakeUpReply,
  stillRunningReply,
  takenUpReply,
} from '../../replies.ts';
import { leftOutReply } from '../../refusal-replies.ts';
import type { AcceptDeps } from '../accept-deps.ts';
import { admitRequest } from '../admit-request.ts';
import {
  type PromptCommand,
  type PromptFacts,
  type TargetFacts,
  targetProblems,
} from '../decide.ts';
import { findRequest } from '../find-request.ts';
import { finishRequest } from '../finish-request.ts';
import { permissionOf, targetFacts, whyMute } from '../gather-facts.ts';
import { lockedOut } from '../locked-out.ts';
import type { Order } from '../order.ts';
import { refuse } from '../refuse.ts';
import type { Problem } from '../problem.ts';
import { type ApprovalDecision, decideApproval } from './decide-approval.ts';
import { type Start, decideContinue, startProblems } from './decide-continue.ts';
import { isNamed, meantJobs, type TakeUp } from '../../../core/meant-jobs.ts';
import { startOf } from './start-of.ts';

/**
 * Takes up jobs of a request in a run of its own with the same prompt, which keeps their branches and pull requests:
 * `continue` goes on with what was stopped, `retry` starts over what failed, `rebase` makes the change again on the
 * present base, `approve` carries out what was planned, all of it. Each job is taken up once. Returns the reply when there is nothing to do, or something is left out.
 */
export async function takeUp(
  deps: AcceptDeps,
  order: Order,
  take: TakeUp,
): Promise<string | undefined> {
  const tried = await tryToTakeUp(deps, order, take);
  if (tried.started) return tried.text;
  // Another delivery of this command may have been quicker: then what it began is what stands in the way here.
  const known = await deps.requests.command(order.key);
  if (known?.disposition !== 'request') return tried.text;
  await finishRequest(deps, order);
  return undefined;
}

type Tried = Readonly<{ started: boolean; text: string | undefined }>;

async function tryToTakeUp(deps: AcceptDeps, order: Order, take: TakeUp): Promise<Tried> {
  const found = await findRequest(deps, order, take.id);
  if (!found) return instead(noRequestReply(order.source, take.id));
  const { request: before, jobs: all, elsewhere } = found;
  if (elsewhere && (elsewhere.private || take.type === 'approve'))
    return instead(elsewhereReply(take.type, before.id, elsewhere));
  if (all.some((job) => !isTerminal(job.state))) return instead(stillRunningReply(before.id));
  const meant = meantJobs(all, take, before);
  if (meant.length === 0) return instead(nothingReply(before, all, take));
  const taken = new Map(
    (await deps.requests.takenOf(before.id)).map((one) => [one.job_id, one.by]),
  );
  const jobs = meant.filter(({ id }) => !taken.has(id));
  if (jobs.length === 0) return instead(takenUpReply(before.id, taken.get(meant[0]?.id ?? '')));
  const approval = take.type === 'approve' ? await approvalOf(deps, before, all) : undefined;
  if (approval?.type === 'refuse') return instead(approvalReply(before.id, approval.reason));
  try {
    return await start(deps, order, { before, jobs, take, approves: approval?.plan });
  } catch (error) {
    if (error instanceof UserError) return instead(failureReply(error));
    throw error;
  }
}

/** What is said in place of a start. */
function instead(text: string): Tried {
  return { started: false, text };
}

async function approvalOf(
  { plans, now }: AcceptDeps,
  request: Request,
  jobs: readonly Job[],
): Promise<ApprovalDecision> {
  return decideApproval({ record: await plans.get(request.id), request, jobs, now: now() });
}

type Taken = Readonly<{
  before: Request;
  jobs: readonly Job[];
  take: TakeUp;
  /** The plan that is approved. */
  approves: Request['approved_plan'];
}>;

async function start(deps: AcceptDeps, order: Order, taken: Taken): Promise<Tried> {
  const { before, take, approves } = taken;
  const { source, places } = await gatherPlaces(deps, order, taken);
  const open = places.filter(({ problems }) => problems.length === 0);
  const leftOut = places.flatMap(({ problems }) => problems);
  // A plan is carried out as a whole.
  const whole = take.type === 'approve' || open.length === 0;
  if (whole && leftOut.length > 0) return instead(refuse(deps, leftOut));
  const command = await commandOf(deps, { ...taken, jobs: open.map(({ job }) => job) });
  const decision = decideContinue({
    command,
    source,
    policy: deps.policy,
    targets: open.map(({ target }) => target),
    starts: open.map(({ start }) => start),
  });
  if (decision.type === 'refuse') return instead(refuse(deps, [...decision.problems, ...leftOut]));
  const locked = await lockedOut(deps, order);
  if (locked) return instead(refuse(deps, [locked]));
  const reply = leftOut.length === 0 ? undefined : leftOutReply(take.type, before.id, leftOut);
  const admitted = await admitRequest(deps, {
    order,
    reply,
    command,
    plan: decision.plan,
    context: before.context,
    parent: before.id,
    takes: open.map(({ job }) => job.id),
    ...(approves ? { approves } : {}),
  });
  if (admitted === 'taken') return instead(takenUpReply(before.id, undefined));
  await finishRequest(deps, order);
  return { started: true, text: reply };
}

function nothingReply({ id }: Request, jobs: readonly Job[], take: TakeUp): string {
  const named = take.type === 'retry' ? take.repository : undefined;
  if (named && !jobs.some((job) => isNamed(job, named)))
    return noSuchJobReply(id, `${named.owner}/${named.name}`);
  return nothingToTakeUpReply(take.type, id);
}

/** The same prompt with the same wishes, for those repositories. */
async function commandOf(
  deps: AcceptDeps,
  { before: request, jobs, approves }: Taken,
): Promise<PromptCommand> {
  // What nobody asked for is left to the files once more: they may have changed.
  const { model, effort, asked = { model: true, effort: true, budget: true } } = request;
  const budget = jobs.reduce((sum, job) => sum + job.budget_micro_usd, 0);
  return {
    type: 'prompt',
    prompt: (await deps.bucket.get(request.prompt)).toString('utf8'),
    excerpt: request.prompt_excerpt,
    ...(request.untold ? { untold: true } : {}),
    repositories: jobs.map(({ repository: { owner, name } }) => ({ owner, name })),
    ...(asked.model ? { model } : {}),
    ...(asked.effort ? { effort } : {}),
    ...(asked.budget ? { budget_micro_usd: budget } : {}),
    ...(request.plan && !approves ? { plan: true } : {}),
    ...(request.draft === undefined ? {} : { draft: request.draft }),
    ...(request.path === undefined ? {} : { path: request.path }),
    ...(request.allow_public ? { allow_public: true } : {}),
    open_pull_request: request.open_pull_request,
  };
}

type Place = Readonly<{
  job: Job;
  start: Start;
  target: TargetFacts;
  problems: readonly Problem[];
}>;
type Places = Readonly<{ source: PromptFacts['source']; places: readonly Place[] }>;

/** Targets are looked at only for those who may write where the command was written. */
async function gatherPlaces(deps: AcceptDeps, order: Order, taken: Taken): Promise<Places> {
  const { source, requester } = order;
  const { jobs, take } = taken;
  const { repository } = source;
  try {
    const github = await deps.installations.client(source.installation_id);
    const permission = await permissionOf(github, { repository, user: requester });
    if (!mayWrite(permission)) return { source: { repository, permission }, places: [] };
    const mute = await whyMute(deps, order);
    const here = { repository, permission, mute };
    if (mute) return { source: here, places: [] };
    const command = await commandOf(deps, taken);
    const facts = { command, source: here, policy: deps.policy, targets: [] };
    const places = await Promise.all(
      jobs.map(async (job) => {
        const start = await startOf(deps, job, take).catch((error) => hiddenStart(error, job));
        const target = await targetOf(deps, { job, start, requester });
        const problems = [...targetProblems(facts, target), ...startProblems(start, target)];
        return { job, start, target, problems };
      }),
    );
    return { source: here, places };
  } catch (error) {
    throw appFailure(error);
  }
}

/** A repository that the App may not see any more keeps the others from nothing. */
function hiddenStart(error: unknown, { repository }: Job): Start {
  const failure = appFailure(error);
  if (!(failure instanceof UserError)) throw failure;
  const named = `${repository.owner}/${repository.name}`;
  return { problem: { type: 'unknown_target', named } };
}

async function targetOf(
  deps: AcceptDeps,
  { job, start, requester }: Readonly<{ job: Job; start: Start; requester: Order['requester'] }>,
): Promise<TargetFacts> {
  const { id, owner, name } = job.repository;
  const { at } = start;
  const target = await targetFacts(deps, {
    owner,
    name,
    base: at?.branch ?? job.base_branch,
    ...(at ? { head: at } : {}),
    requester,
  });
  // Another repository may bear the name by now.
  const same = target.found?.resolved.repository.id === id;
  return same ? target : { ...target, found: undefined };
}
