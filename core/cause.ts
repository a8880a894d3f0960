import { z } from 'zod';

/** Why a job ended as it did. Each code is explained in docs/outcomes.md. */
export const CauseCode = z.enum([
  'completed',
  'answered',
  'planned',
  'cancelled_by_user',
  'no_pull_request_asked',
  'pull_request_of_fork',
  'budget_exhausted',
  'turn_limit',
  'token_limit',
  'time_limit',
  'stuck',
  'model_refused',
  'context_exceeded',
  'model_key_rejected',
  'model_rate_limited',
  'model_overloaded',
  'model_spend_limit',
  'model_unavailable',
  'model_rejected_request',
  'github_forbidden',
  'github_rejected',
  'github_unavailable',
  'workflows_permission',
  'permission_lost',
  'repository_archived',
  'repository_empty',
  'repository_gone',
  'repository_public',
  'base_branch_missing',
  'branch_taken',
  'pull_request_closed',
  'secret_in_patch',
  'outside_path',
  'gate_rule',
  'too_large',
  'disk_full',
  'out_of_memory',
  'worker_lost',
  'launch_failed',
  'waited_too_long',
  'undeliverable',
  'internal_error',
]);
export type CauseCode = z.infer<typeof CauseCode>;

/** A cause as people read it: the code, one sentence, and the next command or step. */
export const Cause = z.object({
  code: CauseCode,
  sentence: z.string(),
  next: z.string().optional(),
});
export type Cause = z.infer<typeof Cause>;
