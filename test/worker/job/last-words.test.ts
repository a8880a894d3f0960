import pino from 'pino';
import { expect, it } from 'vitest';
import { sha256 } from '../../../core/ids.ts';
import { createRedactor } from '../../../core/redact.ts';
import type { WorkerDeps } from '../../../worker/job/deps.ts';
import type { Development } from '../../../worker/job/development.ts';
import { lastWords } from '../../../worker/job/last-words.ts';
import { createStopwatch } from '../../../worker/job/stopwatch.ts';
import { createThreadRecorder } from '../../../worker/job/thread-recorder.ts';
import { exampleJobs, exampleRequest } from '../../support/job.ts';

it('reads no tree and starts no publisher where processes of tools are left, and stores the thread', async () => {
  const request = exampleRequest();
  const [job] = exampleJobs(request, { state: 'running' });
  const touched: string[] = [];
  const touch = (name: string) => {
    touched.push(name);
    throw new Error('This must not be used');
  };
  const stored: string[] = [];
  const bucket = {
    put: async (kind: string, content: string) => {
      stored.push(content);
      return { key: kind, sha256: sha256(content), bytes: content.length };
    },
  };
  const deps = {
    bucket,
    redactor: createRedactor([]),
    log: pino({ level: 'silent' }),
    get publisher() {
      return touch('publisher');
    },
    get jobs() {
      return touch('jobs');
    },
  } as unknown as WorkerDeps;
  const run = {
    lease: { job: () => job },
    thread: createThreadRecorder(() => job!, request, 'Fix it'),
    watch: createStopwatch(undefined, Date.now),
    get folders() {
      return touch('folders');
    },
  } as unknown as Development;
  const cause = { code: 'worker_lost' as const, sentence: 'Processes could not be ended.' };
  const last = await lastWords(deps, run, { state: 'failed', cause, left: true });
  expect(last).toMatchObject({ thread: { key: 'thread' }, timings_ms: {} });
  expect(stored).toEqual([expect.stringContaining(cause.sentence)]);
  expect(touched).toEqual([]);
});
