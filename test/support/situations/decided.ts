import type { Job } from '../../../core/job.ts';
import { money } from '../../../core/render/money.ts';
import type { Request } from '../../../core/request.ts';

/** A request that came of the event, as far as it tells one situation from another. */
export function tellRequest(request: Request, jobs: readonly Job[]) {
  const { source, draft, plan, path, allow_public, approved_plan, parent } = request;
  return {
    id: request.id,
    source: source.type,
    ...(source.issue_number === undefined ? {} : { number: source.issue_number }),
    ...(source.pull_request === undefined ? {} : { pull_request: source.pull_request }),
    requester: request.requester.login,
    prompt: request.prompt_excerpt,
    model: request.model,
    effort: request.effort,
    budget: money(request.budget_micro_usd),
    ...(draft === undefined ? {} : { draft }),
    ...(plan ? { plan } : {}),
    ...(path === undefined ? {} : { path }),
    ...(request.open_pull_request ? {} : { open_pull_request: false }),
    ...(allow_public ? { allow_public } : {}),
    ...(approved_plan ? { approves: approved_plan.request_id } : {}),
    ...(parent === undefined ? {} : { parent }),
    jobs: jobs.map((job) => tellJob(job, request)),
  };
}

function tellJob(job: Job, request: Request) {
  const { repository, iteration } = job;
  return {
    target: `${repository.owner}/${repository.name}@${job.base_branch}`,
    state: job.state,
    budget: money(job.budget_micro_usd),
    ...(job.model === request.model ? {} : { model: job.model }),
    ...(job.effort === request.effort ? {} : { effort: job.effort }),
    ...(job.waiting_for === undefined ? {} : { waiting_for: job.waiting_for }),
    ...(job.cancel_requested_by === undefined
      ? {}
      : { cancel_requested_by: job.cancel_requested_by }),
    ...(iteration ? { iteration: tellIteration(iteration) } : {}),
    ...(job.continues === undefined ? {} : { continues: job.continues }),
    ...(job.approved_plan === undefined ? {} : { approved_plan: job.approved_plan }),
    ...(job.cause ? { cause: job.cause.code } : {}),
  };
}

function tellIteration({ pull_request, own, fork, replaces }: NonNullable<Job['iteration']>) {
  return { pull_request, own, ...(fork ? { fork } : {}), ...(replaces ? { replaces } : {}) };
}
