import { jobId, sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import { logStage } from '../../core/log-stage.ts';
import type { Pointer } from '../../core/pointer.ts';
import type { Request } from '../../core/request.ts';
import type { AdmitResult } from '../../core/store/request-store.ts';
import { noUsage } from '../../core/usage.ts';
import type { AcceptDeps } from './accept-deps.ts';
import type { Plan, PromptCommand } from './decide.ts';
import type { Order } from './order.ts';

/** A sweep looks at a job that has not started after this long: its message may be lost. */
const unsentAfterMs = 60_000;

type Accepted = Readonly<{
  order: Order;
  command: PromptCommand;
  plan: Plan;
  /** What the prompt was written under, when that is not what stood around this command. */
  context?: Pointer;
  /** The request that is gone on with, and which of its jobs. */
  parent?: string;
  takes?: readonly string[];
  /** What is said beside the request; kept with it, so that a crash before the answer loses nothing. */
  reply?: string | undefined;
  /** The plan that the command approves. */
  approves?: Request['approved_plan'];
}>;

/**
 * Stores an accepted prompt: the texts in the bucket first, then request, jobs and reservations in one transaction.
 * Throws UserError ('budget_exhausted') when a counter has no room.
 */
export async function admitRequest(
  deps: Pick<AcceptDeps, 'bucket' | 'requests' | 'policy' | 'now' | 'log'>,
  accepted: Accepted,
): Promise<AdmitResult> {
  const { order, command, plan } = accepted;
  const prompt = await deps.bucket.put('prompt', command.prompt);
  const context =
    accepted.context ?? (await deps.bucket.put('context', JSON.stringify(order.context)));
  const at = deps.now();
  const request = buildRequest(accepted, { prompt, context, at });
  const admitted = await deps.requests.admit({
    command: {
      type: 'command',
      semantic_key: order.key,
      payload_sha256: order.payload_sha256,
      disposition: 'request',
      request_id: request.id,
      ...(accepted.reply === undefined ? {} : { reply: accepted.reply }),
    },
    request,
    jobs: await Promise.all(
      plan.targets.map(async (target, index) => {
        const settings = await storeSettings(deps, target);
        return buildJob(request, { plan, target, index, settings });
      }),
    ),
    caps: {
      userDay: deps.policy.budget.user_day,
      scheduleDay: deps.policy.budget.schedule_day,
      installationMonth: deps.policy.budget.installation_month,
    },
    ...(accepted.takes ? { takes: accepted.takes } : {}),
    audit: auditOf(accepted),
  });
  if (admitted === 'admitted') logAdmitted(deps, order);
  return admitted;
}

function logAdmitted({ log, now }: Pick<AcceptDeps, 'log' | 'now'>, order: Order): void {
  const { written_at: since } = order;
  logStage(log, 'admitted', { from: since, since, now: now() });
}

type Stored = Readonly<{ prompt: Pointer; context: Pointer; at: number }>;

function buildRequest(accepted: Accepted, stored: Stored): Request {
  const { order, command, plan, parent, approves } = accepted;
  const line = (command.excerpt ?? command.prompt).replaceAll(/\s+/g, ' ').slice(0, 400);
  return {
    type: 'request',
    id: order.request_id,
    semantic_key: order.key,
    source: order.source,
    requester: order.requester,
    prompt: stored.prompt,
    prompt_excerpt: Array.from(line).slice(0, 200).join(''),
    ...(command.untold ? { untold: true } : {}),
    context: stored.context,
    model: plan.model,
    effort: plan.effort,
    budget_micro_usd: plan.targets.reduce((sum, { budget }) => sum + budget, 0),
    asked: {
      model: command.model !== undefined,
      effort: command.effort !== undefined,
      budget: command.budget_micro_usd !== undefined,
    },
    ...(command.draft === undefined ? {} : { draft: command.draft }),
    open_pull_request: command.open_pull_request,
    ...(parent === undefined ? {} : { parent }),
    ...(command.plan ? { plan: true } : {}),
    ...(approves ? { approved_plan: approves } : {}),
    ...(command.path === undefined ? {} : { path: command.path }),
    ...(command.allow_public ? { allow_public: true } : {}),
    job_ids: plan.targets.map((_, index) => jobId(order.request_id, index)),
    created_at: stored.at,
  };
}

type TargetPlan = Plan['targets'][number];

async function storeSettings(
  { bucket }: Pick<AcceptDeps, 'bucket'>,
  { settings }: TargetPlan,
): Promise<Pointer | undefined> {
  return settings && bucket.put('settings', JSON.stringify(settings));
}

/** The status comment shows them before any worker has run. */
function configProblems({ settings }: TargetPlan): Pick<Job, 'config_problems'> {
  return settings && settings.problems.length > 0 ? { config_problems: settings.problems } : {};
}

type JobPlan = Readonly<{
  plan: Plan;
  target: TargetPlan;
  index: number;
  settings: Pointer | undefined;
}>;

function buildJob(request: Request, { plan, target, index, settings }: JobPlan): Job {
  return {
    type: 'job',
    id: jobId(request.id, index),
    request_id: request.id,
    installation_id: target.installation_id,
    requester_id: request.requester.id,
    repository: target.repository,
    base_branch: target.base_branch,
    base_sha: target.base_sha,
    ...(target.iteration ? { iteration: target.iteration } : {}),
    ...(target.continues === undefined ? {} : { continues: target.continues }),
    ...(target.approved_plan === undefined ? {} : { approved_plan: target.approved_plan }),
    ...(target.snapshot ? { snapshot: target.snapshot } : {}),
    model: target.settings?.model ?? plan.model,
    effort: target.settings?.effort ?? plan.effort,
    ...(settings ? { settings } : {}),
    ...configProblems(target),
    state: 'queued',
    phase: 'agent',
    attempt: 0,
    fence: 0,
    created_at: request.created_at,
    state_at: request.created_at,
    due_at: request.created_at + unsentAfterMs,
    budget_micro_usd: target.budget,
    budget_left_micro_usd: target.budget,
    cost_micro_usd: 0,
    usage: noUsage,
    turns: 0,
  };
}

function auditOf({ order, command, plan, approves }: Accepted) {
  return {
    requester: order.requester,
    source: order.source,
    prompt_sha256: sha256(command.prompt),
    model: plan.model,
    ...(approves ? { approved_plan: approves } : {}),
    targets: plan.targets.map(({ repository, permission, base_sha }) => ({
      repository_id: repository.id,
      permission,
      base_sha,
    })),
  };
}
