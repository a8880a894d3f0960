import type { Job } from '../core/job.ts';
import type { Outbox } from '../core/queue.ts';

/** Messages that follow a state change. All are hints: the sweep finds what got lost. */
export type Notify = Readonly<{
  /** `later` waits for other changes, so that the comment is edited once for all of them; a number is a wait in ms. */
  report: (requestId: string, when: 'now' | 'later' | number) => Promise<void>;
  job: (job: Job, delayMs?: number) => Promise<void>;
  wake: () => Promise<void>;
  /** A job has ended that held a slot. */
  ended: (job: Job) => Promise<void>;
}>;

type Deps = Readonly<{ ingest: Outbox; jobsQueue: Outbox; reportDelayMs: number }>;

/** SQS delays a message by at most 15 minutes. */
const longestDelaySeconds = 900;

/** Binds the messages to their queues. */
export function createNotify({ ingest, jobsQueue, reportDelayMs }: Deps): Notify {
  const delays = { now: 0, later: reportDelayMs };
  const notify: Notify = {
    report: (request_id, when) =>
      ingest.send(
        { type: 'report', request_id },
        { delaySeconds: seconds(typeof when === 'number' ? when : delays[when]) },
      ),
    job: (job, delayMs = 0) =>
      jobsQueue.send(
        { type: 'job', job_id: job.id },
        { groupId: String(job.installation_id), delaySeconds: seconds(delayMs) },
      ),
    wake: () => ingest.send({ type: 'wake' }),
    async ended(job) {
      await notify.report(job.request_id, 'now');
      await notify.wake();
    },
  };
  return notify;
}

function seconds(ms: number): number {
  return Math.min(longestDelaySeconds, Math.max(0, Math.ceil(ms / 1000)));
}
