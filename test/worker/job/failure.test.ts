import { describe, expect, it } from 'vitest';
import { Stopped, TransientError, UserError } from '../../../core/errors.ts';
import { decideFailure } from '../../../worker/job/failure.ts';

const decide = (error: unknown, attempt = 1) =>
  decideFailure({ error, attempt, retryMs: 1000, publishing: false, ageMs: 0 });

describe('decideFailure', () => {
  it('leaves a job alone whose lease is lost', () => {
    expect(decide(new Stopped('lease_lost', 'worker_lost', 'x'))).toEqual({ type: 'leave' });
  });

  it('gives the job back at once on shutdown', () => {
    expect(decide(new Stopped('shutdown', 'worker_lost', 'x'))).toMatchObject({
      type: 'again',
      afterMs: 0,
    });
  });

  it('ends as cancelled on a cancel', () => {
    expect(decide(new Stopped('cancelled', 'cancelled_by_user', 'x'))).toMatchObject({
      type: 'end',
      state: 'cancelled',
      cause: { code: 'cancelled_by_user' },
    });
  });

  it('shows the sentence and the next step of a user error', () => {
    const error = new UserError('too_large', 'It is too large.', { next: 'Split it.' });
    expect(decide(error)).toMatchObject({
      type: 'end',
      state: 'failed',
      cause: { code: 'too_large', sentence: 'It is too large.', next: 'Split it.' },
    });
  });

  it('keeps the patch when only its publication is refused', () => {
    const error = new UserError('permission_lost', 'The requester may not write any more.');
    expect(
      decideFailure({ error, attempt: 1, retryMs: 1000, publishing: true, ageMs: 0 }),
    ).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'permission_lost' },
    });
  });

  it('waits longer after each transient failure and obeys the time that was named', () => {
    const error = new TransientError('github_unavailable', 'GitHub did not answer.');
    expect(decide(error, 1)).toMatchObject({ type: 'again', afterMs: 1000 });
    expect(decide(error, 2)).toMatchObject({ type: 'again', afterMs: 2000 });
    const named = new TransientError('github_unavailable', 'x', { retryAfterMs: 7 });
    expect(decide(named, 2)).toMatchObject({ type: 'again', afterMs: 7 });
  });

  it('fails after the third attempt and says so', () => {
    const error = new TransientError('github_unavailable', 'GitHub did not answer.');
    expect(decide(error, 3)).toMatchObject({
      type: 'end',
      state: 'failed',
      cause: {
        code: 'github_unavailable',
        sentence: 'GitHub did not answer, also after 3 attempts.',
      },
    });
  });

  it('waits for GitHub for hours while the patch is safe, without using up attempts', () => {
    const error = new TransientError('github_unavailable', 'GitHub did not answer.');
    const facts = { error, attempt: 3, retryMs: 1000, publishing: true };
    expect(decideFailure({ ...facts, ageMs: 60_000 })).toEqual({
      type: 'again',
      afterMs: 4000,
      waitingFor: 'GitHub did not answer.',
      free: true,
    });
    expect(decideFailure({ ...facts, ageMs: 4 * 3_600_000 })).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'github_unavailable', sentence: 'GitHub did not answer, also for hours.' },
    });
  });

  it('finds a full disk behind other errors', () => {
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(decide(new Error('git failed', { cause: full }))).toMatchObject({
      cause: { code: 'disk_full' },
      defect: false,
    });
  });

  it('shows one fixed sentence for a defect', () => {
    expect(decide(new TypeError('secret detail'))).toMatchObject({
      type: 'end',
      state: 'failed',
      cause: { code: 'internal_error', sentence: expect.not.stringContaining('secret detail') },
      defect: true,
    });
  });
});
