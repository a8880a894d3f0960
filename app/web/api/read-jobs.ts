import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type { Request } from '../../../core/request.ts';
import type { JobStore } from '../../../core/store/job-store.ts';

/** The jobs of a request, for lists: those that ended a while ago are as they were then. */
export type ReadJobs = (request: Request) => Promise<readonly Job[]>;

type Deps = Readonly<{ jobs: Pick<JobStore, 'ofRequest'>; now: () => number }>;

/** What is written after an end, such as its check run, is there after this time. */
const settledMs = 10 * 60_000;
const mostRemembered = 2_000;

/** Creates a reader that remembers what does not change any more: lists are looked at again every few seconds. */
export function createReadJobs({ jobs, now }: Deps): ReadJobs {
  const settled = new Map<string, readonly Job[]>();
  return async ({ id }) => {
    const known = settled.get(id);
    if (known) return known;
    const found = await jobs.ofRequest(id);
    const before = now() - settledMs;
    const isSettled = found.every(
      ({ state, ended_at: at }) => isTerminal(state) && at !== undefined && at < before,
    );
    if (!isSettled || found.length === 0) return found;
    settled.set(id, found);
    const [oldest] = settled.keys();
    if (settled.size > mostRemembered && oldest !== undefined) settled.delete(oldest);
    return found;
  };
}
