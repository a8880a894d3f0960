import type { Bucket } from '../../../core/bucket.ts';
import type { Job } from '../../../core/job.ts';
import { Thread } from '../../../core/thread.ts';

/** The thread of a job; undefined before one is stored. Throws TransientError when the bucket does not answer. */
export type ReadThread = (job: Job) => Promise<Thread | undefined>;

/** Threads that are remembered: each may be some megabytes, and pages of one are read one after the other. */
const most = 4;

/** Creates a reader that remembers the last threads. They are stored under their content, so none gets old. */
export function createReadThread(bucket: Bucket): ReadThread {
  const known = new Map<string, Promise<Thread>>();
  return async ({ thread: pointer }) => {
    if (!pointer) return undefined;
    const remembered = known.get(pointer.sha256);
    if (remembered) return remembered;
    const reading = bucket.get(pointer).then((bytes) => {
      return Thread.parse(JSON.parse(bytes.toString('utf8')));
    });
    known.set(pointer.sha256, reading);
    reading.catch(() => known.delete(pointer.sha256));
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return reading;
  };
}
