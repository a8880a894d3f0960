import { describe, expect, it } from 'vitest';
import { Stopped, TransientError, UserError } from '../../../core/errors.ts';
import { decideFailure } from '../../../worker/job/failure.ts';

const hour = 3_600_000;
const base = { retryMs: 1000, publishing: false, ageMs: 0, longestWaitMs: 24 * hour };

const decide = (error: unknown, attempt = 1) => decideFailure({ ...base, error, job: { attempt } });

describe('decideFailure', () => {
  it('leaves a job alone whose lease is lost', () => {
    expect(decide(new Stopped('lease_lost', 'worker_lost', 'x'))).toEqual({ type: 'leave' });
  });

  it('gives the job back at once on shutdown', () => {
    expect(decide(new Stopped('shutdown', 'worker_lost', 'x'))).toMatchObject({
      type: 'again',
      afterMs: 0,
      because: 'interrupted',
    });
  });

  it('counts an attempt of a job that is shut down again and again', () => {
    const error = new Stopped('shutdown', 'worker_lost', 'x');
    const decision = decideFailure({ ...base, error, job: { attempt: 1, interruptions: 5 } });
    expect(decision).toEqual({ type: 'again', afterMs: 0, waitingFor: undefined });
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
    expect(decideFailure({ ...base, error, job: { attempt: 1 }, publishing: true })).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'permission_lost' },
    });
  });

  it('waits longer after each transient failure and obeys the time that was named', () => {
    const error = new TransientError('internal_error', 'The bucket did not answer.');
    expect(decide(error, 1)).toMatchObject({ type: 'again', afterMs: 1000 });
    expect(decide(error, 2)).toMatchObject({ type: 'again', afterMs: 2000 });
    const named = new TransientError('internal_error', 'x', { retryAfterMs: 7 });
    expect(decide(named, 2)).toMatchObject({ type: 'again', afterMs: 7 });
  });

  it('fails after the third attempt and says so', () => {
    const error = new TransientError('internal_error', 'The bucket did not answer.');
    expect(decide(error, 3)).toMatchObject({
      type: 'end',
      state: 'failed',
      cause: {
        code: 'internal_error',
        sentence: 'The bucket did not answer, also after 3 attempts.',
      },
    });
  });

  it.each([
    ['github_unavailable', 'GitHub to answer'],
    ['model_spend_limit', 'the spend limit of the model account'],
  ] as const)('waits for what is out (%s) without using up attempts', (code, waitingFor) => {
    const error = new TransientError(code, 'It is out.');
    const facts = { ...base, error, job: { attempt: 3 } };
    expect(decideFailure(facts)).toEqual({
      type: 'again',
      afterMs: 4000,
      waitingFor,
      because: 'outage',
    });
    const later = decideFailure({ ...facts, job: { attempt: 3, outages: 99 } });
    expect(later).toMatchObject({ type: 'again', afterMs: 128_000 });
    expect(decideFailure({ ...facts, ageMs: 24 * hour })).toMatchObject({
      type: 'end',
      state: 'failed',
      cause: { code, sentence: 'It is out, also for hours.' },
    });
  });

  it('waits while the patch is safe, whatever is out, and then leaves it at that', () => {
    const error = new TransientError('internal_error', 'The bucket did not answer.');
    const facts = { ...base, error, job: { attempt: 3 }, publishing: true };
    expect(decideFailure({ ...facts, ageMs: hour })).toMatchObject({ because: 'outage' });
    expect(decideFailure({ ...facts, ageMs: 24 * hour })).toMatchObject({
      type: 'end',
      state: 'patch',
      cause: { code: 'internal_error', sentence: 'The bucket did not answer, also for hours.' },
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
