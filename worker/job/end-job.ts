import type { Cause } from '../../core/cause.ts';
import type { JobState } from '../../core/job.ts';
import type { JobChange } from '../../core/store/job-access.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import { threadCheck } from './publish-phase.ts';

type End = JobChange & Readonly<{ state: JobState; cause: Cause }>;

/** Ends a job that has nothing to publish: its check run, then the terminal write. Throws Stopped without the lease. */
export async function endJob(
  deps: WorkerDeps,
  run: Development,
  { state, ...change }: End,
): Promise<void> {
  await run.lease.record(change);
  await threadCheck(deps, run, { state, cause: change.cause });
  await run.lease.move(state, change);
}
