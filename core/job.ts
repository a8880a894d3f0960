import { z } from 'zod';
import { Cause } from './cause.ts';
import { Pointer } from './pointer.ts';
import { Effort, RepositoryRef } from './request.ts';
import { TaskSize } from './task-size.ts';
import { Usage } from './usage.ts';

export const JobState = z.enum([
  'queued',
  'starting',
  'running',
  'publishing',
  'pull_request',
  'patch',
  'answered',
  'planned',
  'cancelled',
  'failed',
]);
export type JobState = z.infer<typeof JobState>;

/** What ran after the agent: red makes the pull request a draft. */
export const Verification = z.object({
  status: z.enum(['green', 'red', 'could_not_run', 'none']),
  reason: z.string().optional(),
  /** True when the commands were read out of manifests and workflows, not out of `.github/cody.yml`. */
  detected: z.boolean().optional(),
  commands: z.array(
    z.object({
      command: z.string(),
      exit_code: z.number().int().nullable(),
      duration_ms: z.number(),
      timed_out: z.boolean().optional(),
      output_tail: z.string().optional(),
    }),
  ),
});
export type Verification = z.infer<typeof Verification>;

export const PullRequestRef = z.object({
  number: z.number().int(),
  url: z.string(),
  draft: z.boolean(),
  head_sha: z.string(),
  /** Count of changed files. */
  files: z.number().int(),
  /** False when GitHub says that the commit is not verified. */
  verified: z.boolean().optional(),
});
export type PullRequestRef = z.infer<typeof PullRequestRef>;

export const CheckRunRef = z.object({
  id: z.number().int(),
  url: z.string(),
  conclusion: z
    .enum(['success', 'neutral', 'failure', 'cancelled', 'timed_out', 'action_required', 'skipped'])
    .optional(),
});
export type CheckRunRef = z.infer<typeof CheckRunRef>;

/** The pull request that a job works on, because its prompt was written there. */
export const Iteration = z.object({
  pull_request: z.number().int(),
  /** True when Cody opened it: the work is pushed to its branch. Else it becomes a pull request against that branch. */
  own: z.boolean(),
  /** True when its head is in a fork, which is never pushed to: the work is kept as a patch unless asked otherwise. */
  fork: z.boolean().optional(),
  /**
   * The head that is replaced by a new change on the present base. The work then starts at the base, and its commit has
   * both as parents, so that nothing is forced.
   */
  replaces: z.string().optional(),
  /** Where instruction files and settings are read from: the default branch, because a head may say anything. */
  trusted_sha: z.string(),
});
export type Iteration = z.infer<typeof Iteration>;

/** What the agent said at the end (the input of its last accepted `submit`), redacted. */
export const Submission = z.object({
  title: z.string(),
  summary: z.string(),
  changes: z.array(z.string()),
  verification: z.array(z.object({ command: z.string(), outcome: z.string() })),
  not_done: z.array(z.string()),
  risks: z.array(z.string()),
});
export type Submission = z.infer<typeof Submission>;

/** Milliseconds that the steps of a job took. */
export const JobTimings = z.partialRecord(
  z.enum(['dispatch', 'claim', 'workspace', 'setup', 'agent', 'verify', 'publish']),
  z.number(),
);
export type JobTimings = z.infer<typeof JobTimings>;

/** One target repository of a request. All writes after the claim stand under `fence`. */
export const Job = z.object({
  type: z.literal('job'),
  /** `<request id>-<1…5>` */
  id: z.string(),
  request_id: z.string(),
  installation_id: z.number().int(),
  requester_id: z.number().int(),
  repository: RepositoryRef,
  /** Where the work starts; for an iteration the branch of its pull request. */
  base_branch: z.string(),
  /** Pinned when the request is accepted; an iteration starts at the head that its first attempt finds. */
  base_sha: z.string(),
  iteration: Iteration.optional(),
  /** The id of the job whose unfinished work this one goes on with. */
  continues: z.string().optional(),
  /** The id of the job whose approved plan this one carries out. */
  approved_plan: z.string().optional(),
  model: z.string(),
  effort: Effort,
  /** JSON of `JobSettings`: what server, organization, repository and request make of this job. */
  settings: Pointer.optional(),
  /** What is wrong with the files that they come from, one sentence each. */
  config_problems: z.array(z.string()).optional(),

  state: JobState,
  /** Kept over a new attempt, so that publishing never runs the agent again. */
  phase: z.enum(['agent', 'publish']),
  attempt: z.number().int().nonnegative(),
  fence: z.number().int().nonnegative(),
  lease_until: z.number().int().optional(),
  lease_owner: z.string().optional(),
  /** sha256 (hex) of the key that the worker of this attempt shows to the broker. */
  attempt_key_sha256: z.string().optional(),
  task_arn: z.string().optional(),
  /** Of its workers from now on, when the task definition's size was too small. */
  size: TaskSize.optional(),
  /** How often its host was taken away; those attempts do not count. */
  interruptions: z.number().int().optional(),
  /** How often it has gone back to wait for a service that was out; those attempts do not count either. */
  outages: z.number().int().optional(),
  waiting_for: z.string().optional(),
  /** Place among the jobs that wait for a slot, from 1; beyond the last one that is told it stays there. */
  queue_position: z.number().int().optional(),
  not_before: z.number().int().optional(),
  cancel_requested_by: z.string().optional(),

  created_at: z.number().int(),
  state_at: z.number().int(),
  started_at: z.number().int().optional(),
  ended_at: z.number().int().optional(),
  /** When the sweep looks at this job again; absent in a terminal state. */
  due_at: z.number().int().optional(),

  budget_micro_usd: z.number().int(),
  /** What is left to reserve from. */
  budget_left_micro_usd: z.number().int(),
  cost_micro_usd: z.number().int(),
  usage: Usage,
  turns: z.number().int(),

  branch: z.string().optional(),
  commit_sha: z.string().optional(),
  /** The unified diff, kept whatever becomes of the job. */
  patch: Pointer.optional(),
  /**
   * The work tree after the agent, so that publishing can go on in another worker; before that the one that a continued
   * job left.
   */
  snapshot: Pointer.optional(),
  thread: Pointer.optional(),
  submission: Submission.optional(),
  verification: Verification.optional(),
  /** 'bubblewrap', 'namespaces' or 'process', and whether the shell was on. */
  sandbox: z.object({ kind: z.string(), shell: z.boolean(), reason: z.string() }).optional(),
  pull_request: PullRequestRef.optional(),
  check_run: CheckRunRef.optional(),
  /** What the agent's run came to; it becomes the cause when the job ends. */
  outcome: Cause.optional(),
  cause: Cause.optional(),
  timings_ms: JobTimings.optional(),
});
export type Job = z.infer<typeof Job>;
