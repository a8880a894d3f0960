import type { Job } from '../../../core/job.ts';
import { planHash, type PlanRecord } from '../../../core/plan-record.ts';
import type { Request } from '../../../core/request.ts';

/** What the decision stands on: what was stored when the plan was shown, and what is stored now. */
export type ApprovalFacts = Readonly<{
  record: PlanRecord | undefined;
  request: Pick<Request, 'id' | 'prompt'>;
  jobs: readonly Job[];
  /** Unix time, ms. */
  now: number;
}>;

/** Why a plan can't be approved: it was not shown yet, is too old, or is not what was shown. */
export type ApprovalRefusal = 'not_shown' | 'expired' | 'changed';

export type ApprovalDecision =
  | Readonly<{ type: 'approve'; plan: NonNullable<Request['approved_plan']> }>
  | Readonly<{ type: 'refuse'; reason: ApprovalRefusal }>;

/** Decides whether a plan can be approved as it was shown. Who may do so is decided elsewhere. Pure. */
export function decideApproval({ record, request, jobs, now }: ApprovalFacts): ApprovalDecision {
  if (!record) return { type: 'refuse', reason: 'not_shown' };
  if (now >= record.expires_at) return { type: 'refuse', reason: 'expired' };
  const sha256 = planHash(request, jobs);
  if (sha256 !== record.sha256) return { type: 'refuse', reason: 'changed' };
  return { type: 'approve', plan: { request_id: request.id, sha256 } };
}
