import { describe, expect, it } from 'vitest';
import {
  assertTransition,
  isActive,
  isTerminal,
  mayFollow,
  terminalStates,
} from '../../core/job-state.ts';
import { JobState } from '../../core/job.ts';

describe('job state machine', () => {
  it('lets nothing follow a terminal state', () => {
    for (const from of terminalStates) {
      expect(isTerminal(from)).toBe(true);
      expect(JobState.options.filter((to) => mayFollow(from, to))).toEqual([]);
    }
  });

  it('lets every other state be cancelled and fail', () => {
    for (const from of JobState.options.filter((state) => !isTerminal(state))) {
      expect(mayFollow(from, 'cancelled')).toBe(true);
      expect(mayFollow(from, 'failed')).toBe(true);
    }
  });

  it('leads back to the queue from active states only', () => {
    for (const from of JobState.options) expect(mayFollow(from, 'queued')).toBe(isActive(from));
  });

  it('reaches a pull request only by publishing', () => {
    expect(JobState.options.filter((from) => mayFollow(from, 'pull_request'))).toEqual([
      'publishing',
    ]);
  });

  it('throws on an illegal step', () => {
    expect(() => assertTransition('queued', 'answered')).toThrow('from queued to answered');
  });
});
