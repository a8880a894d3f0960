import { z } from 'zod';
import { CauseCode } from './cause.ts';

/** What a worker may ask the broker for. One repository, one phase, the fewest permissions. */
export const BrokerWant = z.enum(['read', 'check', 'publish', 'model']);
export type BrokerWant = z.infer<typeof BrokerWant>;

/** What a token is for: to read, to write the check run of a job without a commit, or to publish. */
export type TokenWant = Exclude<BrokerWant, 'model'>;

export const BrokerRequest = z.object({
  job_id: z.string().max(64),
  attempt: z.number().int().positive(),
  key: z.string().min(32).max(128),
  want: BrokerWant,
});
export type BrokerRequest = z.infer<typeof BrokerRequest>;

export const BrokerAnswer = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('token'),
    token: z.string(),
    /** Unix time, ms. */
    expires_at: z.number(),
    /** Where the repository stands now: names are resolved late. */
    owner: z.string(),
    name: z.string(),
    permissions: z.record(z.string(), z.string()),
  }),
  z.object({ type: z.literal('model'), api_key: z.string() }),
  z.object({
    type: z.literal('refused'),
    code: CauseCode,
    sentence: z.string(),
    next: z.string().optional(),
    /** True when a later try may work. */
    transient: z.boolean(),
    /** How long GitHub wants to hear nothing, in ms. */
    retry_after_ms: z.number().nonnegative().optional(),
  }),
]);
export type BrokerAnswer = z.infer<typeof BrokerAnswer>;
