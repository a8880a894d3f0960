import { describe, expect, it } from 'vitest';
import { Stopped } from '../../../core/errors.ts';
import { cancelAfterAgent, decideEnding, decidePlanEnding } from '../../../worker/job/ending.ts';

const limit = { code: 'turn_limit', sentence: 'The run met its limit of turns.' } as const;

describe('decideEnding', () => {
  it('publishes changes that the agent handed in', () => {
    expect(decideEnding({ changedFiles: 2, openPullRequest: true })).toMatchObject({
      type: 'publish',
      draft: false,
      cause: { code: 'completed' },
    });
  });

  it('publishes what a limit left behind as a draft that names the limit', () => {
    expect(decideEnding({ changedFiles: 1, openPullRequest: true, stopped: limit })).toEqual({
      type: 'publish',
      draft: true,
      cause: limit,
    });
  });

  it('ends as answered when nothing was changed', () => {
    expect(decideEnding({ changedFiles: 0, openPullRequest: true })).toMatchObject({
      type: 'end',
      state: 'answered',
    });
  });

  it('fails when a limit was met before anything was changed', () => {
    expect(decideEnding({ changedFiles: 0, openPullRequest: true, stopped: limit })).toEqual({
      type: 'end',
      state: 'failed',
      cause: limit,
    });
  });

  it('keeps the patch without a pull request when none was asked for', () => {
    expect(decideEnding({ changedFiles: 1, openPullRequest: false })).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'no_pull_request_asked' },
    });
  });

  it('keeps the patch of a fork, with the way to a pull request', () => {
    const facts = { changedFiles: 1, openPullRequest: true, keptFromFork: true };
    expect(decideEnding(facts)).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'pull_request_of_fork', next: expect.stringContaining('`--draft`') as string },
    });
    expect(decideEnding({ ...facts, stopped: limit })).toMatchObject({ cause: limit });
  });
});

describe('decidePlanEnding', () => {
  const submission = {
    title: 'Round down',
    summary: '1. Change it',
    changes: [],
    verification: [],
    not_done: [],
    risks: [],
  };
  const facts = { cancelled: undefined, requestId: 'abcdefghjk' };
  const submitted = { type: 'submitted', submission } as const;
  const approve = expect.stringContaining('`/cody approve abcdefghjk`') as string;
  const again = expect.stringContaining('`/cody retry`') as string;

  it('ends with the plan and the command that approves it', () => {
    expect(decidePlanEnding({ ...facts, outcome: submitted })).toMatchObject({
      state: 'planned',
      cause: { code: 'planned', next: approve },
    });
  });

  it('warns of a plan that a limit made the agent hand in', () => {
    const outcome = { ...submitted, forced: limit };
    expect(decidePlanEnding({ ...facts, outcome })).toMatchObject({
      state: 'planned',
      cause: {
        code: 'turn_limit',
        sentence: `${limit.sentence} The plan may be unfinished.`,
        next: approve,
      },
    });
  });

  it('fails without a plan, and leaves nothing to continue', () => {
    const cause = { ...limit, next: 'Comment `/cody continue` to go on from here.' };
    expect(decidePlanEnding({ ...facts, outcome: { type: 'stopped', cause } })).toMatchObject({
      state: 'failed',
      cause: { code: 'turn_limit', next: again },
    });
  });

  it('ends as cancelled although a plan was handed in', () => {
    const cancelled = { code: 'cancelled_by_user', sentence: 'requester cancelled it.' } as const;
    expect(decidePlanEnding({ ...facts, outcome: submitted, cancelled })).toMatchObject({
      state: 'cancelled',
      cause: { next: again },
    });
  });
});

describe('cancelAfterAgent', () => {
  it('tells who cancelled the job', () => {
    const cancel = new Stopped('cancelled', 'cancelled_by_user', 'requester cancelled this job.');
    expect(cancelAfterAgent(AbortSignal.abort(cancel))).toEqual({
      code: 'cancelled_by_user',
      sentence: 'requester cancelled this job.',
    });
  });

  it('lets nothing be published with what a shutdown cut off', () => {
    const shutdown = new Stopped('shutdown', 'worker_lost', 'The worker was told to stop.');
    expect(() => cancelAfterAgent(AbortSignal.abort(shutdown))).toThrow(shutdown);
  });

  it('finds no cancel while nothing was stopped', () => {
    expect(cancelAfterAgent(new AbortController().signal)).toBeUndefined();
  });
});
