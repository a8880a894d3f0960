import { describe, expect, it } from 'vitest';
import type { JobState } from '../../core/job.ts';
import { requestStatus } from '../../core/request-status.ts';

const cases: readonly (readonly [string, readonly JobState[]])[] = [
  ['queued', ['queued', 'queued']],
  ['running', ['queued', 'starting']],
  ['running', ['queued', 'failed']],
  ['running', ['pull_request', 'publishing']],
  ['succeeded', ['pull_request', 'patch', 'answered', 'planned']],
  ['partial', ['pull_request', 'failed']],
  ['partial', ['cancelled', 'answered']],
  ['failed', ['failed', 'cancelled']],
  ['cancelled', ['cancelled', 'cancelled']],
];

describe('requestStatus', () => {
  it.each(cases)('is %s for jobs that are %j', (status, states) => {
    expect(requestStatus(states.map((state) => ({ state })))).toBe(status);
  });
});
