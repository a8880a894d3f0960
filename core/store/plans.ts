import { ConditionFailed } from '../errors.ts';
import type { Job } from '../job.ts';
import { planHash, planLifetimeMs, plannedJobs, PlanRecord } from '../plan-record.ts';
import type { Request } from '../request.ts';
import type { Table } from './table.ts';
import { ttlAt } from './expiry.ts';
import { keys } from './table-schema.ts';

/** What the plans of requests came to, for their approval. Expired ones are left to the reader to tell. */
export type PlanStore = Readonly<{
  /**
   * Stores what the plan of a request came to, once: what was stored before stays. Returns what is stored; undefined
   * when no job of it ended with a plan.
   */
  keep: (request: Request, jobs: readonly Job[]) => Promise<PlanRecord | undefined>;
  get: (requestId: string) => Promise<PlanRecord | undefined>;
}>;

type Deps = Readonly<{ table: Table; now: () => number }>;

/** Whoever approves an old plan is told that it has expired, for so long. */
const toldMs = 30 * 24 * 3_600_000;

/** Binds the plans to a table and a clock. */
export function createPlanStore({ table, now }: Deps): PlanStore {
  const get = async (requestId: string) => {
    const item = await table.get(keys.plan(requestId));
    return item === undefined ? undefined : PlanRecord.parse(item);
  };
  return {
    get,
    async keep(request, jobs) {
      if (plannedJobs(jobs).length === 0) return undefined;
      const at = now();
      const record: PlanRecord = {
        type: 'plan',
        request_id: request.id,
        sha256: planHash(request, jobs),
        created_at: at,
        expires_at: at + planLifetimeMs,
      };
      const ttl = ttlAt(record.expires_at + toldMs);
      const item = { ...keys.plan(request.id), ...record, ...ttl };
      const when = [{ attribute: 'pk', is: 'absent' }] as const;
      try {
        await table.transact([{ type: 'put', item, when }]);
        return record;
      } catch (error) {
        if (error instanceof ConditionFailed) return get(request.id);
        throw error;
      }
    },
  };
}
