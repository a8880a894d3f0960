import { expect, it } from 'vitest';
import { checkoutFailure, fetchFailure } from '../../../worker/workspace/fetch-failure.ts';
import { GitError } from '../../../worker/workspace/git.ts';

function failed(stderr: string) {
  return new GitError('any', { exitCode: 128, stderr, timedOut: false });
}

it('blames GitHub for a fetch that broke off, and not for files that cannot be written', () => {
  const broke = failed('fatal: early EOF');
  expect(fetchFailure(broke)).toMatchObject({ name: 'TransientError', code: 'github_unavailable' });
  const stuck = failed('error: unable to create file a: Input/output error');
  expect(checkoutFailure(stuck)).toMatchObject({ name: 'TransientError', code: 'internal_error' });
});

it.each([fetchFailure, checkoutFailure])(
  'knows a full disk by the words of git (%o)',
  (translate) => {
    const full = failed('fatal: write error: No space left on device');
    expect(translate(full)).toMatchObject({ code: 'disk_full' });
  },
);
