import { z } from 'zod';
import type { Job } from '../core/job.ts';
import type { JobStore } from '../core/store/job-store.ts';
import type { Table } from '../core/store/table.ts';
import { keys } from '../core/store/table-schema.ts';

/** What confined the tools of a job. */
export type SeenSandbox = NonNullable<Job['sandbox']>;

type Deps = Readonly<{ table: Table; jobs: Pick<JobStore, 'get'>; now: () => number }>;

const Audited = z.object({ job_id: z.string() });

const dayMs = 24 * 3_600_000;
const keptMs = 60_000;
const most = 20;

/**
 * Returns a reader of the sandbox of the newest job whose worker told one, for an App whose workers run elsewhere. Jobs
 * are found by what the broker gave them today or yesterday; undefined when nobody told. Asks once a minute.
 */
export function createSeenSandbox(deps: Deps): () => Promise<SeenSandbox | undefined> {
  let kept: Readonly<{ until: number; seen: SeenSandbox | undefined }> | undefined;
  return async () => {
    const at = deps.now();
    if (!kept || at >= kept.until) {
      const seen = (await seenOn(deps, at)) ?? (await seenOn(deps, at - dayMs));
      kept = { until: at + keptMs, seen };
    }
    return kept.seen;
  };
}

async function seenOn({ table, jobs }: Deps, at: number): Promise<SeenSandbox | undefined> {
  const { pk: partition } = keys.audit(new Date(at).toISOString().slice(0, 10), '');
  const records = await table.query({ partition, limit: most, newestFirst: true });
  const ids = new Set(records.flatMap((record) => Audited.safeParse(record).data?.job_id ?? []));
  for (const id of ids) {
    const sandbox = (await jobs.get(id))?.sandbox;
    if (sandbox) return sandbox;
  }
  return undefined;
}
