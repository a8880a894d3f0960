import { z } from 'zod';
import { ServerGate } from './repo-config/gate-rule.ts';
import { Effort } from './request.ts';

const usd = (dollars: number) =>
  z
    .number()
    .positive()
    .default(dollars)
    .transform((value) => Math.round(value * 1_000_000));

/** What the operator of this server allows (CODY_POLICY). Amounts are given in USD and kept in micro-USD. */
export const Policy = z.strictObject({
  model: z.string().default('claude-sonnet-5-5'),
  models: z.array(z.string()).default(['claude-sonnet-5-5', 'claude-opus-5-5', 'claude-haiku-5-5']),
  effort: Effort.default('high'),
  budget: z
    .strictObject({
      job: usd(2),
      request: usd(10),
      user_day: usd(25),
      /** All schedules of one repository, in place of a user's day. */
      schedule_day: usd(10),
      installation_month: usd(500),
    })
    .prefault({}),
  limits: z
    .strictObject({
      turns: z.number().int().positive().default(150),
      minutes: z.number().positive().default(45),
      /** Of one job: all input, cached or not, and all output. */
      tokens: z.number().int().positive().default(30_000_000),
      /** Earlier turns are summarized when a request would be longer; by the model's context when absent. */
      compact_at_tokens: z.number().int().positive().optional(),
      /** One command of the agent may take this long; ten at most. */
      command_minutes: z.number().positive().default(10),
    })
    .prefault({}),
  /** What all commands of one job together may use at a time; more ends the command. They fit a task of 4 GB. */
  commands: z
    .strictObject({
      memory_mb: z.number().int().positive().default(2560),
      disk_mb: z.number().int().positive().default(10_240),
      processes: z.number().int().positive().default(512),
      /** What set-up may reach where no proxy can be its one way out (Fargate): docs/security.md. */
      setup_network: z.enum(['confined', 'any']).default('confined'),
      /** Names of hosts in private networks that set-up's proxy reaches all the same: a registry of packages. */
      setup_hosts: z
        .array(z.string().regex(/^[a-z0-9.-]+$/))
        .max(100)
        .default([]),
    })
    .prefault({}),
  /** Whether a diff that is not tiny is reviewed in a fresh context, while a fifth of the budget is left. */
  reviewer: z.boolean().default(true),
  concurrency: z
    .strictObject({
      /** What the default Fargate quota holds: 6 vCPU, 2 per worker. */
      global: z.number().int().positive().default(3),
      installation: z.number().int().positive().default(10),
      repository: z.number().int().positive().default(1),
    })
    .prefault({}),
  /** How many calls that create content an installation may make: GitHub's own limits, or less. */
  github: z
    .strictObject({
      content_per_minute: z.number().int().positive().max(80).default(80),
      content_per_hour: z.number().int().positive().max(500).default(500),
    })
    .prefault({}),
  /** What keeps a change from becoming a pull request; only here can that be loosened. */
  gate: ServerGate.prefault({}),
  /** Hosts beside GitHub's that text of a model may link to; addresses elsewhere are shown as code. */
  link_hosts: z
    .array(z.string().regex(/^[a-z0-9.-]+(?::\d{1,5})?$/i))
    .max(100)
    .default([]),
  /** Numeric account ids whose installations are served; all when absent. */
  accounts: z.array(z.number().int()).optional(),
  /** Numeric account ids of bots that may write commands, where GitHub confirms their permission; none else may. */
  bots: z.array(z.number().int().positive()).max(100).default([]),
});
export type Policy = z.infer<typeof Policy>;
