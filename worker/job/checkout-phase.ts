import type { Job } from '../../core/job.ts';
import type { Pointer } from '../../core/pointer.ts';
import type { Lease } from '../lease.ts';
import { type CheckoutLimits, checkout } from '../workspace/checkout.ts';
import { restoreSnapshot } from '../workspace/snapshot.ts';
import { withToken } from '../with-token.ts';
import type { WorkerDeps } from './deps.ts';
import type { Development } from './development.ts';
import type { Folders } from './folders.ts';

const limits: CheckoutLimits = {
  maxBytes: 4 * 1024 * 1024 * 1024,
  maxFiles: 500_000,
  timeoutMs: 10 * 60_000,
};

/**
 * Fetches the base commit, and the trusted one where that is another, with a token of its own, which is revoked as
 * soon as the fetch is done. Throws UserError or TransientError.
 */
export async function checkoutPhase(
  deps: WorkerDeps,
  { lease, folders, commits }: Pick<Development, 'lease' | 'folders' | 'commits'>,
): Promise<void> {
  const job = lease.job();
  await withToken(deps, { want: 'read', signal: lease.signal }, (token) =>
    checkout({
      serverUrl: deps.config.githubServerUrl,
      repository: { owner: token.owner, name: token.name },
      sha: job.base_sha,
      besides: job.iteration?.trusted_sha,
      token: token.token,
      gitDir: folders.gitDir,
      workTree: folders.workTree,
      limits,
      signal: lease.signal,
      commit: commits(job.base_sha),
    }),
  );
}

/**
 * Restores the work of an earlier attempt, or of the job that this one continues, when there is any. Contract: not
 * before set-up, which has the network: what a model wrote must not run with it. Throws GitError.
 */
export async function restorePhase(
  deps: WorkerDeps,
  lease: Lease,
  folders: Folders,
): Promise<void> {
  const job = lease.job();
  const snapshot = await newestSnapshot(deps, job);
  if (!snapshot) return;
  const place = { gitDir: folders.gitDir, workTree: folders.workTree, baseSha: job.base_sha };
  await restoreSnapshot(place, await deps.bucket.get(snapshot));
}

/** Until its own agent is done, the snapshot in a continued job is the one that it started from. */
async function newestSnapshot(deps: WorkerDeps, job: Job): Promise<Pointer | undefined> {
  const inherited = job.continues !== undefined && job.phase === 'agent' && !job.patch;
  if (job.snapshot && !inherited) return job.snapshot;
  const entries = await deps.journalOf(job).read();
  return entries.findLast((entry) => entry.type === 'workspace')?.pointer ?? job.snapshot;
}
