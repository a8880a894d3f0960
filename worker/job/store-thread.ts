import type { Pointer } from '../../core/pointer.ts';
import type { WorkerDeps } from './deps.ts';
import type { ThreadRecorder } from './thread-recorder.ts';

/** Stores the thread as it stands, redacted once more, and returns the pointer to it. */
export async function storeThread(
  { bucket, redactor }: Pick<WorkerDeps, 'bucket' | 'redactor'>,
  recorder: ThreadRecorder,
): Promise<Pointer> {
  return bucket.put('thread', redactor.redact(JSON.stringify(recorder.thread())));
}
