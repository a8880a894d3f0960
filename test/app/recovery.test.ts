import { describe, expect, it } from 'vitest';
import { recover, type RecoveryFacts } from '../../app/recovery.ts';
import type { Job } from '../../core/job.ts';
import type { TaskEnd } from '../../app/task-end.ts';
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

const size = { cpu: 2_048, memory_mib: 4_096 };
const larger = { cpu: 2_048, memory_mib: 8_192 };

function decideEnd(type: TaskEnd['type'], change: Partial<Job> = {}) {
  const [job] = exampleJobs(exampleRequest(), { state: 'running', attempt: 1, ...change });
  const end = { type, reason: 'told so' };
  return recover({ job: job!, now, task: 'gone', end, size, startWithinMs: 300 });
}

describe('the decision about a job whose task has ended', () => {
  it.each([
    ['out_of_memory', {}, { type: 'requeue', stop: false, size: larger }],
    ['out_of_memory', { size: larger }, { type: 'fail', stop: false, because: 'out_of_memory' }],
    [
      'out_of_memory',
      { attempt: 3 },
      { type: 'requeue', stop: false, size: larger, once_more: true },
    ],
    [
      'out_of_memory',
      { attempt: 3, size: larger },
      { type: 'fail', stop: false, because: 'out_of_memory' },
    ],
    ['killed', {}, { type: 'requeue', stop: false, size: larger }],
    ['killed', { size: larger, attempt: 2 }, { type: 'requeue', stop: false }],
    [
      'killed',
      { size: larger, attempt: 3 },
      { type: 'fail', stop: false, because: 'out_of_memory' },
    ],
    ['killed', { attempt: 3 }, { type: 'requeue', stop: false, size: larger, once_more: true }],
    ['interrupted', { attempt: 3 }, { type: 'requeue', stop: false, interrupted: true }],
    ['interrupted', { attempt: 1, interruptions: 5 }, { type: 'requeue', stop: false }],
    ['interrupted', { attempt: 3, interruptions: 5 }, { type: 'fail', stop: false }],
    ['image', {}, { type: 'fail', stop: false, because: 'cannot_start' }],
    ['config', {}, { type: 'fail', stop: false, because: 'cannot_start' }],
    ['infrastructure', {}, { type: 'requeue', stop: false, later: true }],
    ['infrastructure', { attempt: 3 }, { type: 'fail', stop: false }],
    ['ended', {}, { type: 'requeue', stop: false }],
    ['interrupted', { cancel_requested_by: 'x' }, { type: 'cancel', stop: false }],
  ] as const)('is right for %s and %o', (...[type, change, expected]) => {
    expect(decideEnd(type, change)).toEqual(expected);
  });
});
