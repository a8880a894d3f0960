import { z } from 'zod';
import { Effort } from '../request.ts';
import { CommandList } from './command-list.ts';
import { GateRule } from './gate-rule.ts';

/**
 * What holds for one job, decided when its request is accepted: what server, organization, repository and request say,
 * taken together. Stored in the bucket; the job has the pointer.
 */
export const JobSettings = z.object({
  model: z.string(),
  effort: Effort,
  /** What was decided is not bounded again: a server's own limits go further than those that a file may name. */
  limits: z.object({
    turns: z.number().positive(),
    minutes: z.number().positive(),
    tokens: z.number().positive().optional(),
    compact_at_tokens: z.number().positive().optional(),
    command_minutes: z.number().positive().optional(),
  }),
  /** The most that the job may cost, micro-USD; undefined where no file says so. */
  budget_micro_usd: z.number().int().positive().optional(),
  /** Undefined: derived from a lockfile. */
  setup: CommandList.optional(),
  /** Undefined: read out of manifests and workflows. */
  verify: CommandList.optional(),
  reviewer: z.boolean(),
  draft: z.boolean().optional(),
  labels: z.array(z.string()),
  /** Logins and `organization/team`, beside the requester. */
  reviewers: z.array(z.string()),
  /** Folders that the patch may touch; empty for the whole repository. */
  paths: z.array(z.string()),
  /** Rules of the publish gate that block; undefined where it was decided before there were any. */
  gate_blocks: z.array(GateRule).optional(),
  /** Git blob shas of the files that were read. */
  sources: z.object({
    repository_sha: z.string().optional(),
    organization_sha: z.string().optional(),
  }),
  /** What is wrong with the files, one sentence each. */
  problems: z.array(z.string()),
});
export type JobSettings = z.infer<typeof JobSettings>;
