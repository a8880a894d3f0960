import { describe, expect, it } from 'vitest';
import { recover, type RecoveryFacts } from '../../app/recovery.ts';
import type { Job } from '../../core/job.ts';
import { exampleJobs, exampleRequest } from '../support/job.ts';

const now = 1_000_000;

function decide(change: Partial<Job>, task: RecoveryFacts['task'] = 'unknown') {
  const [job] = exampleJobs(exampleRequest(), { due_at: now, lease_until: now, ...change });
  return recover({ job: job!, now, task, startWithinMs: 300 });
}

describe('the decision about a job that may be stuck', () => {
  it.each([
    ['a waiting job that is due', { state: 'queued' }, 'unknown', { type: 'send' }],
    [
      'a waiting job that is not due',
      { state: 'queued', due_at: now + 1 },
      'unknown',
      { type: 'none' },
    ],
    ['an ended job', { state: 'patch' }, 'gone', { type: 'none' }],
    ['a live lease', { state: 'running', lease_until: now + 1 }, 'running', { type: 'none' }],
    [
      'a live lease of a dead task',
      { state: 'running', attempt: 1, lease_until: now + 1 },
      'gone',
      { type: 'requeue', stop: false },
    ],
    [
      'a dead lease',
      { state: 'running', attempt: 1, task_arn: 'a' },
      'running',
      { type: 'requeue', stop: true },
    ],
    [
      'a dead lease without a task',
      { state: 'publishing', attempt: 2 },
      'unknown',
      { type: 'requeue', stop: false },
    ],
    [
      'the third loss',
      { state: 'publishing', attempt: 3, task_arn: 'a' },
      'gone',
      { type: 'fail', stop: false },
    ],
    [
      'a loss after a cancel',
      { state: 'running', attempt: 1, cancel_requested_by: 'x' },
      'gone',
      { type: 'cancel', stop: false },
    ],
    [
      'a start in its time',
      { state: 'starting', attempt: 1, due_at: now + 1 },
      'unknown',
      { type: 'none' },
    ],
    [
      'a late start of a task that is there',
      { state: 'starting', attempt: 1, task_arn: 'a' },
      'running',
      { type: 'none' },
    ],
    [
      'a start that is late twice over',
      { state: 'starting', attempt: 1, task_arn: 'a', due_at: now - 300 },
      'running',
      { type: 'requeue', stop: true },
    ],
    [
      'a dead worker of a cancelled job whose commit is there',
      {
        state: 'publishing',
        attempt: 1,
        cancel_requested_by: 'requester',
        commit_sha: 'b'.repeat(40),
        lease_until: now - 1,
      },
      'gone',
      { type: 'requeue', stop: false },
    ],
    [
      'a late start of nobody knows what',
      { state: 'starting', attempt: 1 },
      'unknown',
      { type: 'requeue', stop: false },
    ],
  ] as const)('is right for %s', (...[, change, task, expected]) => {
    expect(decide(change, task)).toEqual(expected);
  });
});
