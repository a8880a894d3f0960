import { sha256 } from '../../../core/ids.ts';
import type { Job } from '../../../core/job.ts';
import type { RunningApp } from '../../app/support/running-app.ts';

const admission = { global: 999, installation: 999, repository: 999 };

/** Starts and claims the next attempt of a job, whatever else runs. */
export async function attempt(running: RunningApp, job: Job, key: string): Promise<Job> {
  const started = await start(running, job, key);
  const attemptKeySha256 = sha256(key);
  const { id, attempt } = started;
  const claim = { id, attempt, attemptKeySha256, owner: 'threats', leaseMs: 600_000 };
  const claimed = await running.jobs.claim(claim);
  if (!claimed) throw new Error('the attempt was not claimed');
  return claimed;
}

/** The same before a worker has claimed it. */
export async function start({ jobs }: RunningApp, job: Job, key: string): Promise<Job> {
  const waiting = { notBefore: 0, waitingFor: undefined };
  const queued = job.state === 'queued' ? job : await jobs.requeue(job, waiting);
  const begin = { admission, attemptKeySha256: sha256(key), startWithinMs: 600_000 };
  const started = await jobs.start(queued, begin);
  if (started.type !== 'started') throw new Error(`the attempt is ${started.type}`);
  return started.job;
}
