import pino from 'pino';
import { expect, it } from 'vitest';
import type { WorkerDeps } from '../../../worker/job/deps.ts';
import type { Development } from '../../../worker/job/development.ts';
import { threadCheck } from '../../../worker/job/publish-phase.ts';
import { createThreadRecorder } from '../../../worker/job/thread-recorder.ts';
import { PublisherLost } from '../../../worker/publisher/start-publisher.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';

/** How often a publisher is started of which each one fails in the same way. */
async function starts(error: Error): Promise<number> {
  const request = exampleRequest();
  const [job] = exampleJobs(request, { state: 'running' });
  let count = 0;
  const deps = {
    config: { policy: { link_hosts: [] }, times: {} },
    jobs: { get: async () => job },
    secrets: () => [],
    now: Date.now,
    log: pino({ level: 'silent' }),
    publisher: async () => {
      count += 1;
      throw error;
    },
  } as unknown as WorkerDeps;
  const run = {
    request,
    lease: { job: () => job },
    thread: createThreadRecorder(() => job!, request, 'Is there a greeting?'),
  } as unknown as Development;
  const cause = { code: 'completed' as const, sentence: 'The question is answered.' };
  await threadCheck(deps, run, { state: 'answered', cause });
  return count;
}

it('a publisher that ended before the thread was on GitHub is started once more', async () => {
  const end = { exitCode: null, signal: 'SIGKILL' as const };
  await expect(starts(new PublisherLost('It was killed', { end }))).resolves.toBe(2);
});

it('one that had to be ended, or that says why it failed, is not', async () => {
  await expect(starts(new PublisherLost('It took too long'))).resolves.toBe(1);
  await expect(starts(new Error('GitHub takes no check run'))).resolves.toBe(1);
});
