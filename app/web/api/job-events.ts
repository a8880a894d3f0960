import { setTimeout as wait } from 'node:timers/promises';
import type { SSEStreamingApi } from 'hono/streaming';
import { sha256 } from '../../../core/ids.ts';
import { isTerminal } from '../../../core/job-state.ts';
import type { Viewer } from '../access/viewer.ts';
import { WebProblem } from '../problem.ts';
import type { ApiDeps } from './api-deps.ts';
import { jobDocument } from './job-document.ts';
import { findSeenJob } from './see-request.ts';

/** How often the table is asked, and how long the line stays silent at most. */
const everyMs = 1_000;
const silentMs = 15_000;

type Watched = Readonly<{
  viewer: Viewer;
  id: string;
  /** The version that the reader has seen. */
  lastEventId: string | undefined;
  /** Whether the session or token that the stream was opened with is still good. */
  isSignedIn: () => Promise<boolean>;
  stream: SSEStreamingApi;
}>;

type Deps = Pick<ApiDeps, 'accept' | 'access'>;

/**
 * Sends `job` with the job's document whenever it has changed, and `end` after its end. Stops when the reader has
 * gone, has signed out, or may not see it any more. The event's id is a version: who comes back with the present one is not sent it
 * again.
 */
export async function sendJobEvents(deps: Deps, watched: Watched): Promise<void> {
  const { viewer, id, stream } = watched;
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  let version = watched.lastEventId;
  let quietMs = 0;
  while (!gone.signal.aborted) {
    const job = (await watched.isSignedIn()) ? await seen(deps, viewer, id) : undefined;
    if (!job) return;
    const data = JSON.stringify(jobDocument(job));
    const present = sha256(data).slice(0, 16);
    if (present !== version) {
      await stream.writeSSE({ event: 'job', id: present, data });
      version = present;
      quietMs = 0;
    } else if (quietMs >= silentMs) {
      await stream.write(': still here\n\n');
      quietMs = 0;
    }
    if (isTerminal(job.state)) return await stream.writeSSE({ event: 'end', data: job.state });
    quietMs += everyMs;
    await wait(everyMs, undefined, { signal: gone.signal }).catch(() => undefined);
  }
}

async function seen(deps: Deps, viewer: Viewer, id: string) {
  try {
    return await findSeenJob(deps, viewer, id);
  } catch (error) {
    if (error instanceof WebProblem) return undefined;
    throw error;
  }
}
