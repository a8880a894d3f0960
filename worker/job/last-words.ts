import type { Cause } from '../../core/cause.ts';
import type { JobState } from '../../core/job.ts';
import { collectChanges } from '../workspace/changes.ts';
import type { WorkerDeps } from './deps.ts';
import { keepPatch } from './develop-phase.ts';
import type { Development } from './development.ts';
import { threadCheck } from './publish-phase.ts';
import { storeThread } from './store-thread.ts';

/** How a job ends that failed. */
export type FailedEnd = Readonly<{
  state: JobState;
  cause: Cause;
  /** Processes of tools are still there: nobody may read their tree, nor start what has a token to write. */
  left: boolean;
}>;

/**
 * Keeps what the agent had changed and stores the thread with its last event, also on GitHub; only the thread where
 * processes are left. Returns what belongs to the job. Whatever of it fails is logged: a job ends also without it.
 */
export async function lastWords(deps: WorkerDeps, run: Development, end: FailedEnd) {
  const kept = end.left ? {} : await savePatch(deps, run);
  return { ...kept, ...(await tellThread(deps, run, end)) };
}

async function savePatch(deps: WorkerDeps, run: Development) {
  const job = run.lease.job();
  if (job.phase !== 'agent' || job.patch) return {};
  try {
    const changes = await collectChanges({ ...run.folders, baseSha: job.base_sha });
    return changes.changes.length > 0 ? await keepPatch(deps, run, changes) : {};
  } catch (error) {
    deps.log.info({ err: error }, 'there is no patch to keep');
    return {};
  }
}

async function tellThread(deps: WorkerDeps, run: Development, { left, ...end }: FailedEnd) {
  const { code, sentence } = end.cause;
  run.thread.add({ type: 'outcome', code, sentence });
  const timings_ms = run.watch.timings();
  try {
    const thread = await storeThread(deps, run.thread);
    if (!left) await threadCheck(deps, run, end);
    return { thread, timings_ms };
  } catch (error) {
    deps.log.warn({ err: error }, 'the thread could not be stored');
    return { timings_ms };
  }
}
