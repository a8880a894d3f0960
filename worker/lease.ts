import type { Logger } from 'pino';
import { Stopped } from '../core/errors.ts';
import type { Job, JobState } from '../core/job.ts';
import { leaseLost } from '../core/store/job-actions.ts';
import type { JobChange } from '../core/store/job-access.ts';
import type { JobStore } from '../core/store/job-store.ts';

/**
 * The worker's hold on its job. `signal` aborts with a Stopped when the hold is lost, a cancel was asked for, or
 * the worker is told to shut down.
 */
export type Lease = Readonly<{
  job: () => Job;
  signal: AbortSignal;
  /** Aborts when the hold is lost or the worker is told to shut down, and not for a cancel. */
  stop: AbortSignal;
  /** Throws Stopped('lease_lost') unless the lease stands now. Called right before every write outside. */
  fence: () => Promise<void>;
  record: (change: JobChange) => Promise<Job>;
  move: (to: JobState, change?: JobChange) => Promise<Job>;
  shutdown: () => void;
  release: () => void;
}>;

type Options = Readonly<{
  jobs: JobStore;
  job: Job;
  leaseMs: number;
  heartbeatMs: number;
  now: () => number;
  log: Logger;
}>;

/** Keeps the lease of a claimed job alive until it is released. */
export function holdLease(options: Options): Lease {
  const { jobs } = options;
  const abort = new AbortController();
  const stop = new AbortController();
  const end = (reason: Stopped) => {
    stop.abort(reason);
    abort.abort(reason);
  };
  let job = options.job;
  let renewedAt = options.now();

  const beat = async () => {
    const at = options.now();
    // Beats may hang, and a worker that was paused wakes up late: neither may go on past its lease.
    if (at - renewedAt > options.leaseMs) return end(lost());
    try {
      const stored = await jobs.heartbeat(job, options.leaseMs);
      renewedAt = at;
      if (stored.cancel_requested_by) abort.abort(cancelled(stored.cancel_requested_by));
    } catch (error) {
      if (error instanceof Stopped) end(error);
      else options.log.warn({ err: error }, 'heartbeat failed');
      // A lease that could not be renewed in time may be taken: stop before somebody else starts.
      if (options.now() - renewedAt > options.leaseMs) end(lost());
    }
  };
  // Asked for while the worker was starting: nothing has been paid for yet.
  if (job.cancel_requested_by && job.state === 'running') {
    abort.abort(cancelled(job.cancel_requested_by));
  }
  const timer = setInterval(() => void beat(), options.heartbeatMs);

  return {
    job: () => job,
    signal: abort.signal,
    stop: stop.signal,
    fence: async () => {
      // A cancel stops the agent, not a publication that has begun: half of one would be worse than either.
      stop.signal.throwIfAborted();
      await jobs.checkFence(job);
    },
    record: async (change) => {
      job = await jobs.record(job, change);
      return job;
    },
    move: async (to, change) => {
      const current = (await jobs.get(job.id)) ?? job;
      if (current.fence !== job.fence) throw lost();
      job = await jobs
        .move({ ...current, state: job.state }, to, change)
        .catch((error: unknown) => leaseLost(error));
      return job;
    },
    shutdown: () => end(new Stopped('shutdown', 'worker_lost', 'The worker was told to stop.')),
    release: () => clearInterval(timer),
  };
}

function cancelled(login: string): Stopped {
  return new Stopped('cancelled', 'cancelled_by_user', `${login} cancelled this job.`);
}

function lost(): Stopped {
  return new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.');
}
