import type { Job } from '../../core/job.ts';
import type { Request } from '../../core/request.ts';
import type { Thread, ThreadEvent } from '../../core/thread.ts';

/** Collects what happened to a job, in order, as people may read it. */
export type ThreadRecorder = Readonly<{
  add: (event: ThreadEvent) => void;
  thread: () => Thread;
}>;

/** Starts a thread for the job as it stands when the thread is read. `prompt` is redacted before it comes here. */
export function createThreadRecorder(
  current: () => Job,
  request: Request,
  prompt: string,
): ThreadRecorder {
  const events: ThreadEvent[] = [];
  return {
    add: (event) => {
      events.push(event);
    },
    thread: () => {
      const job = current();
      return {
        request_id: request.id,
        job_id: job.id,
        repository: `${job.repository.owner}/${job.repository.name}`,
        base_sha: job.base_sha,
        requester: request.requester.login,
        prompt,
        model: job.model,
        effort: job.effort,
        events: [...events],
      };
    },
  };
}
