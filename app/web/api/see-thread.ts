import type { Bucket } from '../../../core/bucket.ts';
import type { Job } from '../../../core/job.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type { Request } from '../../../core/request.ts';
import type { Thread, ThreadEvent } from '../../../core/thread.ts';
import type { Viewer } from '../access/viewer.ts';
import type { ApiDeps } from './api-deps.ts';
import { createReadLiveThread } from './read-live-thread.ts';
import { createReadThread } from './read-thread.ts';
import { maySeePrompt } from './see-request.ts';

/** The thread of a job as a viewer may read it. */
export type SeenThread = Omit<Thread, 'prompt'> &
  Readonly<{
    /** What was asked; undefined where the viewer may not know it. */
    readPrompt: () => Promise<string | undefined>;
    /** False while more may come. */
    complete: boolean;
  }>;

/**
 * Returns what the agent of a job has said and done, for somebody who may read the job: what is stored, else what is
 * there of it so far. Undefined for a job that ended without either. Throws TransientError when a store does not answer.
 */
export type SeeThread = (viewer: Viewer, job: Job) => Promise<SeenThread | undefined>;

type Deps = Pick<ApiDeps, 'accept' | 'access' | 'table' | 'redact'>;

/** Creates a reader that remembers what does not change any more. */
export function createSeeThread(deps: Deps): SeeThread {
  const { bucket, requests } = deps.accept;
  const readStored = createReadThread(bucket);
  const readLive = createReadLiveThread({ ...deps, bucket });
  return async (viewer, job) => {
    const complete = isTerminal(job.state);
    // Publishing never runs the agent again; before that a stored thread may be one of an earlier attempt.
    const stored = complete || job.phase === 'publish' ? await readStored(job) : undefined;
    const events = stored?.events ?? (await readLive(job));
    if (complete && !stored && events.length === 0) return undefined;
    const request = await requests.get(job.request_id);
    const readPrompt = async () => {
      if (!request || !(await maySeePrompt(deps, viewer, request))) return undefined;
      return stored ? stored.prompt : deps.redact(await promptOf(bucket, request));
    };
    return { ...(stored ?? headOf(job, request, events)), readPrompt, complete };
  };
}

async function promptOf(bucket: Bucket, { prompt }: Request): Promise<string> {
  return (await bucket.get(prompt)).toString('utf8');
}

function headOf(job: Job, request: Request | undefined, events: readonly ThreadEvent[]) {
  const { owner, name } = job.repository;
  return {
    request_id: job.request_id,
    job_id: job.id,
    repository: `${owner}/${name}`,
    base_sha: job.base_sha,
    requester: request?.requester.login ?? '',
    model: job.model,
    effort: job.effort,
    events: [...events],
  };
}
