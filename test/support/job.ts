import { jobId, requestId, sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import { noUsage } from '../../core/usage.ts';

const pointer = { key: 'prompt/00/0', sha256: sha256('x'), bytes: 1 };

/** A request of one person in one repository, with as many jobs as asked for. */
export function exampleRequest(change: Partial<Request> & { jobs?: number } = {}): Request {
  const { jobs = 1, ...fields } = change;
  const id = fields.id ?? requestId('comment:1:1');
  return {
    type: 'request',
    id,
    semantic_key: 'comment:1:1',
    source: {
      type: 'issue_comment',
      installation_id: 9,
      repository: { id: 1, owner: 'acme', name: 'web-app', private: true },
      issue_number: 3,
      comment_id: 1,
      url: 'https://github.example/acme/web-app/issues/3#issuecomment-1',
    },
    requester: { id: 77, login: 'requester' },
    prompt: pointer,
    prompt_excerpt: 'Fix the durations',
    context: pointer,
    model: 'claude-sonnet-5-5',
    effort: 'high',
    budget_micro_usd: 2_000_000 * jobs,
    open_pull_request: true,
    job_ids: Array.from({ length: jobs }, (_, index) => jobId(id, index)),
    created_at: 1_700_000_000_000,
    ...fields,
  };
}

/** The jobs of a request, waiting. */
export function exampleJobs(request: Request, change: Partial<Job> = {}): readonly Job[] {
  return request.job_ids.map((id, index) => ({
    type: 'job',
    id,
    request_id: request.id,
    installation_id: request.source.installation_id,
    requester_id: request.requester.id,
    repository: { id: index + 1, owner: 'acme', name: `repository-${index + 1}`, private: true },
    base_branch: 'main',
    base_sha: 'a'.repeat(40),
    model: request.model,
    effort: request.effort,
    state: 'queued',
    phase: 'agent',
    attempt: 0,
    fence: 0,
    created_at: request.created_at,
    state_at: request.created_at,
    due_at: request.created_at,
    budget_micro_usd: 2_000_000,
    budget_left_micro_usd: 2_000_000,
    cost_micro_usd: 0,
    usage: noUsage,
    turns: 0,
    ...change,
  }));
}
