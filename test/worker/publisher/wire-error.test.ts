import { expect, it } from 'vitest';
import { ConditionFailed, Stopped, TransientError, UserError } from '../../../core/errors.ts';
import { decodeError, encodeError, WireError } from '../../../worker/publisher/wire-error.ts';

const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

const clean = (text: string) => text.replaceAll('ghs_1', '[redacted]');

const fieldsOf = (error: Error) => Object.assign({}, error, { name: error.name });

it.each([
  new UserError('branch_taken', 'The branch moved on.', { next: 'Retry.', cause }),
  new UserError('branch_taken', 'The branch moved on.'),
  new TransientError('github_unavailable', 'GitHub is out.', { retryAfterMs: 5, cause }),
  new Stopped('lease_lost', 'worker_lost', 'Another attempt has taken over this job.'),
  new ConditionFailed('The item changed.', { index: 2 }),
  Object.assign(new TypeError('undefined is not a function', { cause }), { status: 500 }),
])('carries an error over a pipe as it is: %s', (error) => {
  const wire = WireError.parse(JSON.parse(JSON.stringify(encodeError(error))));
  const back = decodeError(wire);
  expect(fieldsOf(back)).toEqual(fieldsOf(error));
  expect([back.message, back.stack !== undefined]).toEqual([error.message, true]);
  expect(back.constructor).toBe(error instanceof TypeError ? Error : error.constructor);
  expect(back.cause).toEqual(error.cause);
});

it.each([Number.NaN, Infinity])('leaves out a time to wait that is no number: %d', (ms) => {
  const error = new TransientError('github_unavailable', 'GitHub is out.', { retryAfterMs: ms });
  const back = decodeError(WireError.parse(JSON.parse(JSON.stringify(encodeError(error)))));
  expect(back).toMatchObject({ code: 'github_unavailable', retryAfterMs: undefined });
});

it('takes secrets out of every text of an error', () => {
  const error = new UserError('github_rejected', 'GitHub refused: ghs_1', {
    next: 'Look at ghs_1.',
    cause: new Error('ghs_1'),
  });
  expect(JSON.stringify(encodeError(error, clean))).not.toContain('ghs_1');
});

it('follows causes only so far, and takes what is thrown without being an error', () => {
  const circle = new Error('a circle');
  circle.cause = circle;
  expect(encodeError(circle).length).toBeLessThan(10);
  expect(decodeError(encodeError('a word'))).toBeInstanceOf(Error);
});
