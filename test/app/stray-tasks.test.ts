import { describe, expect, it } from 'vitest';
import { isStray } from '../../app/stray-tasks.ts';
import { sha256 } from '../../core/ids.ts';
import type { Job } from '../../core/job.ts';
import type { RunningTask } from '../../core/launcher.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

const now = 1_000_000;

function decide(task: Partial<RunningTask>, job: Partial<Job> | undefined) {
  const [found] = exampleJobs(exampleRequest(), {
    state: 'running',
    attempt: 2,
    attempt_key_sha256: sha256('key'),
    state_at: 0,
    ...job,
  });
  return isStray({
    task: { taskArn: 'a', jobId: found!.id, attempt: 2, attemptKey: 'key', createdAt: 0, ...task },
    job: job && found,
    now,
    graceMs: 300,
  });
}

describe('a task that runs', () => {
  it.each([
    ['of a live attempt', {}, {}, false],
    ['of a starting attempt', {}, { state: 'starting' }, false],
    ['of no job', {}, undefined, true],
    ['of no job, but just started', { createdAt: now - 299 }, undefined, false],
    ['of an ended job', {}, { state: 'failed' }, true],
    ['of a job that has just ended', {}, { state: 'failed', state_at: now - 299 }, false],
    ['of a job that waits again', {}, { state: 'queued', attempt_key_sha256: undefined }, true],
    ['of an older attempt', { attempt: 1 }, {}, true],
    ['of an attempt that is unknown', { attempt: 3 }, {}, true],
    ['of an earlier use of the number', { attemptKey: 'other' }, {}, true],
  ] as const)('%s is told to be stray or not', (...[, task, job, stray]) => {
    expect(decide(task, job)).toBe(stray);
  });
});
