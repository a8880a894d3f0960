import type { Job, JobTimings } from '../../core/job.ts';
import { requestStatus } from '../../core/request-status.ts';
import type { Request } from '../../core/request.ts';

/** A request as the product's own table holds it. */
type RequestRecord = Readonly<{ request: Request; jobs: readonly Job[] }>;

/** What was measured from outside, in ms. */
export type OuterTimings = Readonly<{ receive: number; accept: number; total: number }>;

type DocumentInput = RequestRecord & Readonly<{ live: boolean; timings: OuterTimings }>;

/** The one JSON document of `--json`. Times are whole ms; those of the jobs' steps are the slowest job's. */
export function demoDocument({ request, jobs, live, timings }: DocumentInput) {
  const slowest = (step: keyof JobTimings) =>
    Math.max(0, ...jobs.map((job) => Math.round(job.timings_ms?.[step] ?? 0)));
  return {
    model: live ? request.model : 'scripted',
    request: { id: request.id, status: requestStatus(jobs) },
    jobs: jobs.map(jobEntry),
    timings_ms: {
      receive: Math.round(timings.receive),
      accept: Math.round(timings.accept),
      dispatch: slowest('dispatch'),
      claim: slowest('claim'),
      workspace: slowest('workspace'),
      agent: slowest('agent'),
      publish: slowest('publish'),
      total: Math.round(timings.total),
    },
  };
}

function jobEntry(job: Job) {
  const { pull_request: pull, check_run: check } = job;
  return {
    repository: `${job.repository.owner}/${job.repository.name}`,
    state: job.state,
    cause: job.cause?.code ?? null,
    base_sha: job.base_sha,
    branch: job.branch ?? null,
    pull_request: pull ? { number: pull.number, head_sha: pull.head_sha, files: pull.files } : null,
    check_run: check ? { id: check.id, conclusion: check.conclusion ?? null } : null,
    turns: job.turns,
    usage: job.usage,
    cost_micro_usd: job.cost_micro_usd,
  };
}
