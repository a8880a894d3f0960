import { setTimeout as sleep } from 'node:timers/promises';
import { TransientError } from '../core/errors.ts';

/**
 * Returns what the questions to GitHub come to, if that takes no longer than so many ms. Throws TransientError
 * ('github_unavailable') when it does; what is under way then is not waited for, so that it must change nothing.
 */
export async function within<T>(ms: number, questions: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new TransientError('github_unavailable', 'GitHub did not answer in time.');
  });
  try {
    return await Promise.race([questions, late]);
  } finally {
    over.abort();
  }
}
